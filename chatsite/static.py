from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed names also inside `import … from "./part.js";`, or browsers would keep stale modules."""

    support_js_module_import_aggregation = True
