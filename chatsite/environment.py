"""Reading settings from the environment; nonsense ends the start with one line that names the variable."""

import ipaddress
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import EmailValidator

from llm import Server

RESERVED = {"guide", "huggingface"}
"""What models of the site's own may begin with."""

HOST_NAME = r"[\w-]+(\.[\w-]+)*\.?"


def refuse(name: str, problem: str) -> NoReturn:
    raise SystemExit(f"{name}: {problem}")


def host_and_port(host: str, port: int) -> str:
    """As it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class Environment:
    """The settings as typed values. An empty variable counts as unset; `names` collects all that were asked for,
    each with its default."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.names: dict[str, object] = {}

    def text(self, name: str, default: str = "") -> str:
        self.names[name] = default
        return self._values.get(name, "").strip() or default

    def line(self, name: str, default: str) -> str:
        """What fits in a header of an e-mail."""
        value = self.text(name, default)
        if not value.isprintable():
            refuse(name, f"{value!r} is not one line of text")
        return value

    def key(self, name: str) -> str:
        return self._key(name, self.text(name))

    def _key(self, name: str, value: str) -> str:
        """What a header can hold; what is wrong with it is said without repeating it."""
        if not (value.isascii() and value.isprintable()):
            refuse(name, "has characters that no key has")
        return value

    def words(self, name: str, default: str = "") -> list[str]:
        words, usual = (text.replace(",", " ").split() for text in (self.text(name, default), default))
        return words or usual

    def flag(self, name: str, *, default: bool) -> bool:
        value = self.text(name).lower()
        self.names[name] = default
        if value in {"", "true", "1", "yes", "on"}:
            return True if value else default
        if value in {"false", "0", "no", "off"}:
            return False
        return refuse(name, f"{value!r} is neither true nor false")

    def whole(self, name: str, default: int, *, least: int = 0, most: int = 2**31 - 1) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or len(value) > 10 or not least <= int(value) <= most:
            refuse(name, f"{value!r} is not a whole number from {least} to {most}")
        return int(value)

    def seconds(self, name: str, default: float | None) -> float | None:
        value = self.text(name)
        self.names[name] = default
        try:
            number = float(value) if value else default
        except ValueError:
            refuse(name, f"{value!r} is not a number of seconds")
        if number is not None and not 0 < number < 1e9:
            refuse(name, f"{value!r} is not a number of seconds above 0")
        return number

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            refuse(name, f"{value!r} is none of {', '.join(filter(None, choices))}")
        return value

    def matching(self, name: str, pattern: str, examples: str) -> str:
        value = self.text(name)
        if value and not re.fullmatch(pattern, value, re.ASCII):
            refuse(name, f"{value!r} is nothing like {examples}")
        return value

    def http_url(self, name: str, default: str = "") -> str:
        """An http or https URL without a trailing slash, or an empty string."""
        value = self.text(name, default)
        return self._address(name, value) if value else ""

    def _address(self, name: str, value: str) -> str:
        value = value.rstrip("/")
        try:
            parts = urlsplit(value)
            good = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:
            good = False
        if not good:
            refuse(name, f"{value!r} is not a URL like https://example.org")
        return value

    def servers(self, name: str, key: str) -> tuple[Server, ...]:
        """Words like `name=url`; the key of each is in a variable of its own, whose name begins with `key`."""
        self.names[f"{key}<NAME>"] = ""
        found: dict[str, Server] = {}
        owners: dict[str, str] = {}
        for word in self.words(name):
            server, _, url = word.partition("=")
            if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,29}", server) or server in RESERVED:
                refuse(name, f"{server!r} is no name of a server: small letters, digits, - and _, like groq=https://…")
            if server in found:
                refuse(name, f"{server} is there twice")
            address = self._address(name, url)
            variable = f"{key}{re.sub('[^A-Z0-9]', '_', server.upper())}"
            if (other := owners.setdefault(variable, server)) != server:
                refuse(name, f"{other} and {server} would both be sent {variable}: rename one")
            own = self._key(variable, self._values.get(variable, "").strip())
            found[server] = Server(name=server, base_url=address, api_key=own or None)
        return tuple(found.values())

    def host(self, name: str, default: str) -> str:
        """A name or an IP address to listen on, without brackets."""
        value = self.text(name, default)
        bare = value[1:-1] if re.fullmatch(r"\[.*\]", value) else value
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            if bare != value or not re.fullmatch(HOST_NAME, value, re.ASCII):
                refuse(name, f"{value!r} is not an address like 127.0.0.1; the port is in PORT")
        return bare

    def picture(self, name: str) -> str:
        """A path on the site or an https URL, of which nothing can be mistaken for another rule of a policy."""
        value = self.text(name)
        if value and not re.fullmatch(r"(/(?![/\\])|https://[\w.-]+(:\d+)?/)[!-+\--:<-~]*", value, re.ASCII):
            refuse(
                name, f"{value!r} is neither a path like /static/logo.svg nor a URL like https://example.org/logo.svg"
            )
        return value

    def database(self, name: str, default: str) -> dict[str, Any]:
        url = self.text(name, default)
        # In memory every connection would have tables of its own.
        if not re.match(r"sqlite:////?[^/:?]|postgres(ql)?://", url):
            refuse(name, "only sqlite:///PATH and postgres://USER:PASSWORD@HOST/NAME are supported")
        # What follows one of them would be taken for the name of the database, and what stands before for its host.
        if url.startswith("postgres") and re.search(r"#|[/?].*@", url.partition("://")[2]):
            refuse(name, "has a sign in the password that an address writes as %2F for /, %3F for ? or %23 for #")
        try:
            database = dict(environ.Env.db_url_config(url))
        except (ValueError, ImproperlyConfigured, KeyError):
            database = {}
        if not database.get("NAME"):
            refuse(name, "is not a database URL like postgres://USER:PASSWORD@HOST/NAME")
        return database

    def address(self, name: str, default: str) -> str:
        """Of a sender of e-mails, who has the site's name."""
        value = self.text(name)
        self.names[name] = default
        try:
            if value:
                EmailValidator(allowlist=["localhost"])(value)
        except ValidationError:
            refuse(name, f"{value!r} is not an e-mail address like chat@example.org")
        return value or default

    def email(self, name: str, default: str) -> dict[str, Any]:
        try:
            email = dict(environ.Env.email_url_config(self.text(name, default)))
        except (ValueError, ImproperlyConfigured, KeyError):
            email = {}
        if not email or (".smtp." in email["EMAIL_BACKEND"] and not email["EMAIL_HOST"]):
            refuse(name, "is not an e-mail URL like smtp+tls://USER:PASSWORD@HOST:587")
        return email


def read(dotenv: Path) -> Environment:
    """The process environment, completed by the file `.env` where that exists; the process wins.

    What the file adds becomes part of the process environment, where boto3 finds its AWS_* variables.
    """
    if dotenv.is_file():
        for name, value in lines_of(dotenv):
            os.environ.setdefault(name, value)
    return Environment(os.environ)


# A value in quotes, or one that ends before a comment. Without quotes `#` is part of passwords and names.
LINE = re.compile(r"""(?:export\s+)?(\w+)\s*=\s*(?:"([^"]*)"|'([^']*)'|((?:[^"'#\s].*?)?))(?:\s+\#.*)?""", re.ASCII)


def lines_of(dotenv: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = dotenv.read_text(encoding="utf-8-sig").splitlines()
    except PermissionError:
        refuse(dotenv.name, f"{dotenv} cannot be read: give it to the account that runs Chatsite (chown)")
    except (OSError, UnicodeDecodeError):
        refuse(dotenv.name, f"{dotenv} cannot be read as text")
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and not line.startswith("#"):
            found = LINE.fullmatch(line)
            if found is None:
                refuse(dotenv.name, f"line {number} is not NAME=value; put quotes around a value that is not plain")
            name, *values = found.groups()
            yield name, next(value for value in values if value is not None)


def lasting_secret(path: Path) -> str:
    """The secret in this file; made on the first call, readable by its owner only.

    Two processes that start at once agree: the file appears whole or not at all, and the first one wins.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_text(secrets.token_urlsafe(48), encoding="ascii")
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        if path.exists():
            refuse("VAR_DIR", f"{path} cannot be read: give it to the account that runs Chatsite (chown)")
        refuse("VAR_DIR", f"cannot keep {path.name} in {path.parent}: {error.strerror}")
