from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.restore import CannotTake
from conversations.claim import claim
from conversations.progress import Progress
from conversations.reindex import reindex
from conversations.transcripts import archive


class Command(BaseCommand):
    help = (
        "Makes the rows of all conversations again from the store, which is never written. Users are matched by id;"
        " missing ones are made. Can be interrupted and run again at any time, while the site runs too."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", metavar="KEY", default="", help="go on after this key of the store")
        parser.add_argument(
            "--claim",
            metavar="NAME[=ID]",
            help="first give the user NAME the id under which the store has conversations of somebody called NAME,"
            " whom nobody can sign in as; =ID names the id where there are several",
        )

    def handle(self, *, after: str, claim: str | None, **options: Any) -> None:
        if claim:
            self._claim(claim)
        made = changed = removed = skipped = 0
        with Progress(self.stderr, "reindex") as progress:
            for step in reindex(archive(), timezone.now(), after):
                made, changed = made + step.made, changed + step.changed
                for name in step.users:
                    progress.clear()
                    self.stdout.write(f"Restored the user {name}, who has no password yet.")
                for finding in step.findings:
                    if finding.kind == "missing":
                        removed += 1
                        continue
                    skipped += 1
                    progress.clear()
                    self.stderr.write(
                        f"Skipped {finding.key}: {finding.detail}." if finding.key else f"{finding.detail}."
                    )
                progress.step(step.seen, step.key)
        self.stdout.write(
            f"{progress.line}: {made:,} made, {changed:,} changed, {removed:,} removed, {skipped:,} skipped."
        )
        if skipped:
            raise SystemExit(1)

    def _claim(self, wanted: str) -> None:
        name, _, owner = wanted.partition("=")
        try:
            taken = claim(archive(), name, UUID(owner) if owner else None)
        except ValueError:
            raise CommandError(f"{owner} is not an id.") from None
        except CannotTake as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{name} has the id {taken} now, and has to sign in again.")
