from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.tokens import reseal


class Command(BaseCommand):
    help = (
        "Seals users' tokens with ENCRYPTION_KEY that are still sealed with one of ENCRYPTION_KEY_FALLBACKS; after that"
        " the earlier keys are not needed any more. Can be run at any time, while the site runs too."
    )

    def handle(self, **options: Any) -> None:
        counted = reseal()
        self.stdout.write(f"Tokens sealed with the new key: {counted['sealed']}.")
        if counted["lost"]:
            self.stdout.write(f"Tokens that no key opens: {counted['lost']}. Their owners have to give them again.")
        if counted["busy"]:
            raise CommandError(f"Tokens that are just being renewed: {counted['busy']}. Run this again in a minute.")
