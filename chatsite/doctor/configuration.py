"""Settings that do not go together. Nothing here asks a disk or a network."""

from __future__ import annotations

import ipaddress
import os
from difflib import get_close_matches
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import run_checks

from chatsite.doctor.finding import Finding, Findings, examines, note, ok, wrong

SHORTEST_KEY = 32
ALIKE = 0.85
"""Of `difflib`: `LLM_MODEL` and `SITE_ULR` are that much like a setting, and what programs of others read is not."""
ELSEWHERE = {
    # What all other sites of the domain have to do is not ours to decide.
    "security.W005",
    "security.W021",
    # Said above.
    "security.W009",
    "security.W018",
    "security.W020",
}
HOME = ("localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".localhost")


def findings() -> list[Finding]:
    looks = (address, debug, hosts, proxies, keys, model, mail, strangers, workers, names, django)
    return [finding for look in looks for finding in look()]


def is_public() -> bool:
    """Whether others than this machine and its neighbours are meant to reach the site."""
    if settings.SITE_URL:
        return not _at_home(urlsplit(settings.SITE_URL).hostname or "")
    return settings.ON_DYNO or _listens_to_all()


@examines("address")
def address() -> Findings:
    if settings.SITE_URL.startswith("https://"):
        yield ok("address", settings.SITE_URL)
    elif settings.SITE_URL and is_public():
        yield wrong(
            "address",
            f"SITE_URL is {settings.SITE_URL}, without https.",
            "Passwords and sessions cross the network in the clear, and browsers keep voice and notifications away.",
            "Put a proxy with a certificate in front, and set SITE_URL to the https address.",
        )
    elif settings.SITE_URL:
        yield ok("address", f"{settings.SITE_URL}, which is not public")
    elif is_public():
        yield wrong(
            "address",
            f"SITE_URL is not set, and the server listens on {settings.HOST}.",
            "Cookies are not secure, links in e-mails begin with http, and who asks for a name that is not in"
            " ALLOWED_HOSTS reads That request was not understood.",
            "Set SITE_URL to what stands in the browser's address bar, such as https://chat.example.org.",
        )
    else:
        yield ok("address", f"http://{settings.ADDRESS}, for this machine only")


@examines("debug")
def debug() -> Findings:
    if settings.DEBUG:
        say = wrong if is_public() else note
        yield say(
            "debug",
            "DEBUG is on.",
            "Error pages show code and settings to every visitor, and static files are served slowly.",
            "Set DEBUG=false, or take the line away.",
        )


@examines("hosts")
def hosts() -> Findings:
    if "*" in settings.ALLOWED_HOSTS:
        yield wrong(
            "hosts",
            "ALLOWED_HOSTS is *.",
            "Whoever sends another name with a request decides where the links in our e-mails lead.",
            "Name the hosts, or leave ALLOWED_HOSTS away: the host of SITE_URL is allowed anyway.",
        )


@examines("proxies")
def proxies() -> Findings:
    if settings.SECURE and not settings.TRUSTED_PROXIES:
        yield wrong(
            "proxies",
            "SITE_URL begins with https, and TRUSTED_PROXIES is 0.",
            "Chatsite itself speaks http. Without a proxy that it believes it sends every visitor to https, for ever.",
            "Set TRUSTED_PROXIES to the number of proxies in front: 1 behind one nginx or Caddy.",
        )
    elif settings.TRUSTED_PROXIES and not settings.SECURE:
        yield note(
            "proxies",
            f"TRUSTED_PROXIES is {settings.TRUSTED_PROXIES}, and SITE_URL does not begin with https.",
            "If no proxy is there, any visitor can claim another address and so evade the limits on signing in.",
            "Set TRUSTED_PROXIES to 0 where nothing is in front.",
        )


@examines("keys")
def keys() -> Findings:
    for name in ("SECRET_KEY", "ENCRYPTION_KEY"):
        if len(getattr(settings, name)) < SHORTEST_KEY:
            yield wrong(
                "keys",
                f"{name} has fewer than {SHORTEST_KEY} characters.",
                "A short key can be guessed, and who has it can forge sessions or read users' tokens.",
                f"Set {name} to what `openssl rand -base64 48` prints.",
            )
    if settings.SECRET_KEY == settings.ENCRYPTION_KEY:
        yield wrong(
            "keys",
            "SECRET_KEY and ENCRYPTION_KEY are the same.",
            "When one has to be changed after a leak, the other has leaked too.",
            "Set ENCRYPTION_KEY to another one, as docs/privacy.md shows.",
        )
    made = [name for name in ("SECRET_KEY", "ENCRYPTION_KEY") if not os.environ.get(name, "").strip()]
    if made and _keeps_nothing_here():
        yield wrong(
            "keys",
            f"{' and '.join(made)}: not set, and so made anew on each machine.",
            "Database and store are elsewhere, so VAR_DIR may not last. With another key everybody has to sign in"
            " again, and users' tokens cannot be read.",
            "Set both, each to what `openssl rand -base64 48` prints.",
        )
    elif made:
        yield ok("keys", f"kept in {settings.VAR_DIR}; back them up with it")


@examines("model")
def model() -> Findings:
    llm, given = settings.LLM, [name for name in ("HF_TOKEN", "LLM_BASE_URL", "LLM_ENDPOINTS") if _is_set(name)]
    if llm.backend == "guide" and given:
        yield wrong(
            "model",
            f"LLM_BACKEND is guide, though {' and '.join(given)} {'is' if len(given) == 1 else 'are'} set.",
            "The built-in guide answers wherever nobody has picked a model.",
            "Take LLM_BACKEND away.",
        )
    elif llm.backend == "guide":
        yield note(
            "model",
            "No model is connected.",
            "The built-in guide answers, which knows this software and nothing else.",
            "Set HF_TOKEN, or LLM_BASE_URL to an OpenAI-compatible server.",
        )
    if llm.hf_token and not llm.hf_token.startswith("hf_"):
        yield wrong(
            "model",
            "HF_TOKEN does not begin with hf_.",
            "It is no token of Hugging Face, so it is sent nowhere.",
            "Make one at huggingface.co/settings/tokens that may make calls to Inference Providers.",
        )
    if _is_set("LLM_API_KEY") and not llm.base_url:
        yield wrong(
            "model",
            "LLM_API_KEY is set, and LLM_BASE_URL is not.",
            "The key is for the server at LLM_BASE_URL, and is sent nowhere now.",
            "Set LLM_BASE_URL to its address, such as https://api.openai.com/v1.",
        )
    known = {f"LLM_KEY_{_as_variable(server.name)}" for server in llm.servers}
    for name in sorted(name for name in os.environ if name.startswith("LLM_KEY_") and _is_set(name)):
        if name not in known:
            yield wrong(
                "model",
                f"{name} is set, and LLM_ENDPOINTS names no such server.",
                "The key is sent nowhere.",
                "Name the server in LLM_ENDPOINTS as name=url, or take the key away.",
            )
    for name, url, key in (("LLM_BASE_URL", llm.base_url, llm.api_key), *_servers()):
        parts = urlsplit(url or "")
        if key and parts.scheme == "http" and not _at_home(parts.hostname or ""):
            yield wrong(
                "model",
                f"{name} has a key, and an address without https.",
                "The key and every conversation cross the network in the clear.",
                "Use the https address of that server.",
            )


@examines("e-mail")
def mail() -> Findings:
    if settings.EMAIL_BACKEND.endswith(".console.EmailBackend"):
        say = wrong if is_public() else note
        yield say(
            "e-mail",
            "EMAIL_URL is not set, so e-mails are printed to the log instead of being sent.",
            "Who forgets their password cannot get a new one, and the links that let one in stand in the log.",
            "Set EMAIL_URL to a mail server of yours, as docs/accounts.md shows.",
        )
    else:
        yield ok("e-mail", f"by {settings.EMAIL_HOST or settings.EMAIL_BACKEND}")


@examines("sign-up")
def strangers() -> Findings:
    if settings.SINGLE_USER:
        yield ok("sign-up", "one user, without signing in")
    elif settings.SIGNUP_OPEN and is_public() and settings.LLM.backend != "guide":
        yield note(
            "sign-up",
            "Everybody can sign up, because SIGNUP_OPEN is true.",
            "Strangers can use the model at your expense.",
            "Set SIGNUP_OPEN=false if you make the accounts yourself.",
        )


@examines("workers")
def workers() -> Findings:
    several = settings.WEB_CONCURRENCY > 1
    if several and settings.DATABASE["ENGINE"].endswith("sqlite3"):
        yield wrong(
            "workers",
            f"WEB_CONCURRENCY is {settings.WEB_CONCURRENCY}, and the database is SQLite.",
            "SQLite lets one process write at a time: the others wait, and replies are saved late.",
            "Set DATABASE_URL to a PostgreSQL database, or WEB_CONCURRENCY to 1.",
        )
    if several and settings.LLM.backend == "transformers":
        yield wrong(
            "workers",
            f"WEB_CONCURRENCY is {settings.WEB_CONCURRENCY}, and LLM_BACKEND is transformers.",
            "Each process loads the whole model into memory of its own.",
            "Set WEB_CONCURRENCY to 1, or run the model in a server such as vLLM and set LLM_BASE_URL.",
        )


@examines("names")
def names() -> Findings:
    """Nobody reads what is misspelt, and nothing else would say so."""
    for name in sorted(os.environ.keys() - settings.PUBLIC_SETTINGS):
        if meant := get_close_matches(name, settings.PUBLIC_SETTINGS, 1, ALIKE):
            yield note(
                "names",
                f"{name} is set, and no setting has this name.",
                "The site does not read it.",
                f"Call it {meant[0]}, if that is what is meant.",
            )


@examines("Django")
def django() -> Findings:
    """What Django itself has to say, with its list for deployments where the site is one."""
    deployed = settings.SECURE and is_public() and not settings.DEBUG
    messages = [
        one
        for one in run_checks(include_deployment_checks=deployed)
        if one.id not in ELSEWHERE and not one.is_silenced()
    ]
    for message in messages:
        yield wrong("Django", f"{message.id}: {message.msg}", "Django's own checks say so.", message.hint or "")
    if not messages:
        yield ok("Django", "its own checks find nothing")


def _listens_to_all() -> bool:
    return settings.HOST not in {"localhost", "127.0.0.1", "::1"}


def _at_home(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(HOME)


def _is_set(name: str) -> bool:
    return bool(os.environ.get(name, "").strip())


def _keeps_nothing_here() -> bool:
    return not settings.DATABASE["ENGINE"].endswith("sqlite3") and settings.CONVERSATION_STORE.startswith("s3://")


def _as_variable(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.upper())


def _servers() -> list[tuple[str, str, str | None]]:
    return [(f"The server {one.name} of LLM_ENDPOINTS", one.base_url, one.api_key) for one in settings.LLM.servers]
