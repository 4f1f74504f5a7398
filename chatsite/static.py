from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage

STYLE_IMPORT = re.compile(r'@import url\("([^"]+)"\);\n?')
BUNDLE = "css/site.css"


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names also inside `import … from "./part.js";`, or browsers would keep stale modules.

    The style sheets that css/site.css imports are put into it: one request instead of twelve.
    """

    support_js_module_import_aggregation = True

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run and BUNDLE in paths:
            whole = STYLE_IMPORT.sub(lambda found: _text(_beside(BUNDLE, found[1]), paths), _text(BUNDLE, paths))
            self.delete(BUNDLE)
            self._save(BUNDLE, ContentFile(whole.encode()))
            paths[BUNDLE] = (self, BUNDLE)
        yield from super().post_process(paths, dry_run, **options)


def styles_in_bundle() -> list[str]:
    with Path(str(finders.find(BUNDLE))).open(encoding="utf-8") as bundle:
        return [_beside(BUNDLE, name) for name in STYLE_IMPORT.findall(bundle.read())]


def _text(name: str, paths: dict[str, Any]) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        text: str = file.read().decode()
    return text


def _beside(name: str, relative: str) -> str:
    parts: list[str] = []
    for part in (PurePosixPath(name).parent / relative).parts:
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
