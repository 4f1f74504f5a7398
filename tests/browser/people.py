"""People with accounts, many at once: to sign up is slow on purpose, and limited to so many a minute."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.plugin import ROOT, blank
from tests.site import PASSWORD, Site, Visitor

NEWCOMERS = """
import json
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User

password = make_password({password!r})
backend = "allauth.account.auth_backends.AuthenticationBackend"
people = [User(username=name, password=password) for name in {names!r}]
User.objects.bulk_create(people)
keys = []
for person in people:
    session = SessionStore()
    session.update({{
        SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: backend, HASH_SESSION_KEY: person.get_session_auth_hash()
    }})
    session.create()
    keys.append(session.session_key)
print(json.dumps(keys))
"""

ROWS = """
import json, uuid
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from conversations.models import Conversation

owner = User.objects.get(username={name!r})
now = timezone.now()
rows = [
    Conversation(
        id=uuid.uuid4(), owner=owner, title=f"Talk {{n:03}}", updated_at=now - timedelta(hours=9 * n), visible=True
    )
    for n in range({count})
]
Conversation.objects.bulk_create(rows)
print(json.dumps(None))
"""


EARLIER = """
import json
from datetime import timedelta
from django.db.models import F
from conversations.models import Conversation

Conversation.objects.filter(id={conversation!r}).update(updated_at=F("updated_at") - timedelta(hours={hours}))
print(json.dumps(None))
"""


@dataclass
class Person(Visitor):
    """Somebody who is signed in, by the session the browser is given too."""

    site: Site
    username: str
    session: str

    def __post_init__(self) -> None:
        self.http = httpx2.Client(
            base_url=self.site.url, timeout=30, trust_env=False, cookies={"sessionid": self.session}
        )
        self._has_token = False

    @property
    def headers(self) -> dict[str, str]:
        if not self._has_token:
            self.http.get("/c/new/")
            self._has_token = True
        return super().headers

    def has_talked(self, count: int) -> None:
        """Rows of so many conversations in the sidebar, from now to many weeks ago."""
        in_site(self.site, ROWS.format(name=self.username, count=count))

    def last_spoke(self, conversation: str, *, hours: int) -> None:
        """Makes a conversation as old as that."""
        in_site(self.site, EARLIER.format(conversation=conversation, hours=hours))


class People:
    """Everybody who will visit a site, made a hundred at a time."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.waiting: list[Person] = []

    def somebody(self) -> Person:
        if not self.waiting:
            names = [f"visitor-{uuid.uuid4().hex[:8]}" for _ in range(100)]
            keys = in_site(self.site, NEWCOMERS.format(names=names, password=PASSWORD))
            self.waiting = [Person(self.site, name, key) for name, key in zip(names, keys, strict=True)]
        return self.waiting.pop()


def in_site(site: Site, code: str) -> Any:
    """Runs code in the site's shell and returns what it prints."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
    environment = blank() | site.settings
    return json.loads(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True).stdout)
