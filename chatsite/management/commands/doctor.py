from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError

from chatsite.doctor import configuration, machine, mail, promises, report, services, trial


class Command(BaseCommand):
    help = (
        "Says in plain words what is set up wrong, why it matters and what to set. With --live it also tries a reply, a"
        " title, the store and an e-mail. What it prints has no secrets in it, so it can be pasted into an issue."
        " Exit code 0: nothing is wrong; 1: something is."
    )
    # They are findings here, beside all others.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--live", action="store_true", help="try the real thing too; a model may count the tokens")
        parser.add_argument("--email", metavar="ADDRESS", default="", help="with --live: send a mail there")
        parser.add_argument("--model", metavar="ID", help="with --live: ask this one instead of the default")
        parser.add_argument("--json", action="store_true", help="one JSON document")

    def handle(self, *, live: bool, email: str, model: str | None, json: bool, **options: Any) -> None:
        findings = [*configuration.findings(), *machine.findings(), *services.findings()]
        steps = [*trial.talk(model), *promises.keep(), mail.send(email)] if live else []
        made_of = report.versions(database(), promises.conditions() if live else "")
        self.stdout.write((report.as_json if json else report.as_text)(made_of, findings, steps))
        if report.wrong(findings, steps):
            raise SystemExit(1)


def database() -> str:
    try:
        return services.database_version()
    except DatabaseError:
        return "not reached"
