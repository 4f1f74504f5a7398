"""An OpenID Connect provider for tests, over HTTP: it holds who comes to PKCE, and gives tokens that end."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from tests import outgoing

CLIENT, SECRET = "site-client", "quiet:client-secret"


@cache
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """`with Provider() as provider:` listens on a free port. Everybody who comes is `person`, and allows it."""

    person: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "dora"})
    claims: dict[str, Any] = field(default_factory=dict)
    """What its tokens say beside that, or instead."""
    allows: bool = True
    renews: int = 200
    """The status of answers to a refresh token."""
    problem: str = "invalid_grant"
    lasts: int = 28800
    broken: str = ""
    """A path that answers 500."""
    elsewhere: str = ""
    """Where the address of tokens redirects to."""
    gate: threading.Event = field(default_factory=threading.Event)
    """Refresh tokens are not answered before it is set."""
    renewing: threading.Event = field(default_factory=threading.Event)
    """Set when the first refresh token comes."""
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, path and everything else that was sent."""
    given: list[str] = field(default_factory=list)
    """Every token that was ever given."""
    used: list[str] = field(default_factory=list)
    """Every code that was ever exchanged."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)

    def __enter__(self) -> Self:
        self.gate.set()
        handler = type("Handler", (Handler,), {"provider": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, args=[0.02], daemon=True).start()
        outgoing.belongs(SECRET, self.url, "OAUTH_CLIENT_SECRET")
        outgoing.takes_tokens(self.url)
        return self

    def __exit__(self, *_: object) -> None:
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def asked(self, path: str) -> list[str]:
        return [sent for _, asked, sent in self.requests if asked == path]

    def tokens(self) -> dict[str, Any]:
        access, refresh = f"hf_oauth_{secrets.token_hex(12)}", f"refresh_{secrets.token_hex(12)}"
        self.given += [access, refresh]
        self.access.add(access)
        self.refresh.add(refresh)
        return {"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": self.lasts}


class Handler(BaseHTTPRequestHandler):
    provider: ClassVar[Provider]

    def do_GET(self) -> None:
        self.answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.answer(fields_in(body))

    def answer(self, form: dict[str, str]) -> None:
        parts = urlsplit(self.path)
        query = fields_in(parts.query)
        self.provider.requests.append((self.command, parts.path, f"{query} {form} {dict(self.headers)}"))
        if parts.path == self.provider.broken:
            self.say({"error": "server_error"}, 500)
            return
        if self.provider.elsewhere and parts.path == "/oauth/token":
            self.redirect(self.provider.elsewhere + parts.path, 307)
            return
        match parts.path:
            case "/.well-known/openid-configuration":
                self.say(self.configuration())
            case "/oauth/authorize":
                self.authorize(query)
            case "/oauth/token" if self.headers["Authorization"] != basic():
                self.say({"error": "invalid_client"}, 401)
            case "/oauth/token" if form.get("grant_type") == "refresh_token":
                self.renew(form)
            case "/oauth/token":
                self.exchange(form)
            case "/oauth/userinfo":
                known = self.headers["Authorization"].removeprefix("Bearer ") in self.provider.access
                self.say(self.provider.person if known else {"error": "invalid_token"}, 200 if known else 401)
            case "/oauth/jwks":
                public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key().public_key()))
                self.say({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})
            case _:
                self.say({"error": "not_found"}, 404)

    def configuration(self) -> dict[str, Any]:
        url = self.provider.url
        return {
            "issuer": url,
            "authorization_endpoint": f"{url}/oauth/authorize",
            "token_endpoint": f"{url}/oauth/token",
            "userinfo_endpoint": f"{url}/oauth/userinfo",
            "jwks_uri": f"{url}/oauth/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def authorize(self, query: dict[str, str]) -> None:
        wanted = {"client_id": CLIENT, "response_type": "code", "code_challenge_method": "S256"}
        if not wanted.items() <= query.items():
            self.say({"error": "invalid_request"}, 400)
            return
        code = secrets.token_hex(8)
        self.provider.codes[code] = query
        said = {"code": code} if self.provider.allows else {"error": "access_denied"}
        self.redirect(f"{query['redirect_uri']}?{urlencode({**said, 'state': query['state']})}")

    def exchange(self, form: dict[str, str]) -> None:
        self.provider.used.append(form.get("code", ""))
        asked = self.provider.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        wanted = asked and (asked["code_challenge"], asked["redirect_uri"])
        if wanted != (challenge, form.get("redirect_uri")):
            self.say({"error": "invalid_grant"}, 400)
            return
        claims = {**self.provider.person, "iss": self.provider.url, "aud": CLIENT, "exp": time.time() + 60}
        claims |= self.provider.claims
        self.say(self.provider.tokens() | {"id_token": jwt.encode(claims, key(), "RS256", headers={"kid": "one"})})

    def renew(self, form: dict[str, str]) -> None:
        self.provider.renewing.set()
        assert self.provider.gate.wait(10)
        if self.provider.renews != 200:
            self.say({"error": self.provider.problem}, self.provider.renews)
        elif form["refresh_token"] not in self.provider.refresh:
            self.say({"error": "invalid_grant"}, 400)
        else:
            self.provider.refresh.remove(form["refresh_token"])
            self.say(self.provider.tokens())

    def redirect(self, url: str, status: int = 302) -> None:
        self.send_response(status)
        self.send_header("Location", url)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def say(self, said: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def basic() -> str:
    return f"Basic {base64.b64encode(f'{CLIENT}:{SECRET}'.encode()).decode()}"


def fields_in(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
