"""`python -m chatsite.release`: lets no version go live that could not serve, and brings the database up to date.

Heroku runs it before it starts a new version; where it fails the old one goes on. The last line says why.
"""

from __future__ import annotations

import os

import django
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from chatsite.environment import refuse
from chatsite.prepare import check_static_files, migrate
from conversations.store import StoreError
from conversations.transcripts import archive


def release() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
    django.setup()
    check_settings()
    check_static_files()
    check_store()
    migrate()


def check_settings() -> None:
    """Django's own checks. Its warnings are printed and stop nothing: a site of its own may have reasons."""
    try:
        call_command("check", deploy=True, fail_level="ERROR")
    except SystemCheckError as error:
        refuse("manage.py check", " ".join(str(error).split()))


def check_store() -> None:
    try:
        archive().store.check()
    except StoreError as error:
        refuse("CONVERSATION_STORE", str(error))


if __name__ == "__main__":
    release()
