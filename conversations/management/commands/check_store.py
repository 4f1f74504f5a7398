import json
from argparse import ArgumentParser
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from conversations.check_store import check
from conversations.inventory import Finding
from conversations.progress import Progress
from conversations.transcripts import archive


class Command(BaseCommand):
    help = (
        "Compares the rows of all conversations with the store and says what is missing, orphaned or unreadable."
        " Exit code 0: all is well or has been repaired; 1: something was found; 2: not finished."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", metavar="KEY", default="", help="go on after this key of the store")
        parser.add_argument(
            "--repair",
            action="store_true",
            help="mend rows as reindex does, and delete parts that nobody has named for an hour;"
            " a conversation is never deleted",
        )
        parser.add_argument("--json", action="store_true", help="one JSON object per line, the last of them the sums")

    def handle(self, *, after: str, repair: bool, json: bool, **options: Any) -> None:
        found: Counter[str] = Counter()
        repaired = 0
        command = "check_store" + " --repair" * repair + " --json" * json
        with Progress(self.stderr, command) as progress:
            for step in check(archive(), timezone.now(), after, repair=repair):
                for finding in step.findings:
                    progress.clear()
                    self.stdout.write(as_json(finding) if json else as_text(finding))
                    found[finding.kind] += 1
                    repaired += finding.repaired
                progress.step(step.seen, step.key)
        self.stdout.write(summary(progress, found, repaired) if not json else sums(progress, found, repaired))
        if found.total() > repaired:
            raise SystemExit(1)


def as_text(finding: Finding) -> str:
    mended = " (repaired)" if finding.repaired else ""
    return f"{finding.kind:10} {finding.key}  {finding.detail}{mended}"


def as_json(finding: Finding) -> str:
    return json.dumps(asdict(finding), ensure_ascii=False)


def summary(progress: Progress, found: Counter[str], repaired: int) -> str:
    kinds = ", ".join(f"{number:,} {kind}" for kind, number in sorted(found.items()))
    return f"{progress.line}: {kinds or 'all is well'}{f'; {repaired:,} repaired' if repaired else ''}."


def sums(progress: Progress, found: Counter[str], repaired: int) -> str:
    return json.dumps({"conversations": progress.seen, "found": dict(sorted(found.items())), "repaired": repaired})
