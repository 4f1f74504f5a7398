"""The record of every request that a process of the tests sends: a line of JSON each, in a file they share.

It is taken where bytes leave, below every HTTP client. A key is known by its environment variable, and by `belongs`;
what begins with hf_ is a token of Hugging Face. A line names the keys that were seen, and never repeats them.
"""

from __future__ import annotations

import _socket
import base64
import binascii
import hashlib
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

NOBODYS = ("SECRET_KEY", "ENCRYPTION_KEY", "METRICS_TOKEN", "AWS_SECRET_ACCESS_KEY", "BUCKETEER_AWS_SECRET_ACCESS_KEY")
HUGGING_FACE = "a token of Hugging Face"
SHORTEST = 8
"""Characters of a key that is looked for everywhere; a shorter one is told from other words only in its header."""

_REQUEST = re.compile(rb"([A-Z]{3,7}) ([^ ]+) HTTP/1\.[01]\r\n")
_AUTHORIZATION = re.compile(rb"^(?:proxy-)?authorization: *(\S+) +(\S+)", re.IGNORECASE | re.MULTILINE)
# Its client is called hf_hub.
_TOKEN = re.compile(rb"\bhf_(?!hub/)[\w-]{3,}")

_owners: dict[bytes, tuple[str, set[int]]] = {}
"""By key: what it is called, and the ports of its servers; all of them listen on the loopback."""

_hubs: set[int] = set()
_sites: set[int] = set()
"""Who signs in there, or pastes a token, speaks for a browser."""

_places: WeakKeyDictionary[socket.socket, tuple[str, int]] = WeakKeyDictionary()
_files: dict[int, int] = {}


def belongs(key: str | None, url: str | None, name: str) -> None:
    if key and key.strip():
        _owners.setdefault(key.strip().encode(), (name, set()))[1].update(_ports(url))


def takes_tokens(url: str | None) -> None:
    """One that stands for Hugging Face."""
    _hubs.update(_ports(url))


def is_site(port: int) -> None:
    _sites.add(port)


def record() -> None:
    """From now on, in this process."""
    if "TESTS_COMMON" in os.environ and socket.socket.connect is not _Watched.connect:
        _know_environment(dict(os.environ))
        for name in ("connect", "connect_ex", "send", "sendall", "sendmsg"):
            setattr(socket.socket, name, getattr(_Watched, name))


class _Watched:
    """What `socket.socket` does instead."""

    def connect(self: Any, address: Any) -> None:
        _went(self, address)
        _socket.socket.connect(self, address)

    def connect_ex(self: Any, address: Any) -> Any:
        _went(self, address)
        return _socket.socket.connect_ex(self, address)

    def send(self: Any, data: Any, *flags: int) -> Any:
        if self in _places:
            _sent(self, bytes(data))
        return _socket.socket.send(self, data, *flags)

    def sendall(self: Any, data: Any, *flags: int) -> Any:
        if self in _places:
            _sent(self, bytes(data))
        return _socket.socket.sendall(self, data, *flags)

    def sendmsg(self: Any, buffers: Any, *more: Any) -> Any:
        buffers = list(buffers)
        if self in _places:
            _sent(self, b"".join(map(bytes, buffers)))
        return _socket.socket.sendmsg(self, buffers, *more)


def _know_environment(known: dict[str, str]) -> None:
    belongs(known.get("LLM_API_KEY"), known.get("LLM_BASE_URL"), "LLM_API_KEY")
    belongs(known.get("HF_TOKEN"), known.get("HF_ROUTER_URL"), "HF_TOKEN")
    belongs(known.get("HF_TOKEN"), known.get("HF_ENDPOINT"), "HF_TOKEN")
    belongs(known.get("OAUTH_CLIENT_SECRET"), known.get("OPENID_PROVIDER_URL"), "OAUTH_CLIENT_SECRET")
    for word in known.get("LLM_ENDPOINTS", "").split():
        server, _, url = word.partition("=")
        name = f"LLM_KEY_{re.sub('[^A-Z0-9]', '_', server.upper())}"
        belongs(known.get(name), url, name)
    for name in NOBODYS:
        belongs(known.get(name), None, name)
    for name in ("HF_ROUTER_URL", "HF_ENDPOINT", "OPENID_PROVIDER_URL"):
        takes_tokens(known.get(name))


def _ports(url: str | None) -> set[int]:
    try:
        port = urlsplit(url or "").port
    except ValueError:
        return set()
    return {port} if port else set()


def _went(connection: socket.socket, address: Any) -> None:
    if connection.family in (socket.AF_INET, socket.AF_INET6) and connection.type & socket.SOCK_STREAM:
        _places[connection] = (str(address[0]), int(address[1]))


def _sent(connection: socket.socket, data: bytes) -> None:
    place = _places[connection]
    request = _REQUEST.match(data)
    keys = list(_keys_in(data, place[1]))
    if not request and not keys:
        return
    authorization = _AUTHORIZATION.search(data)
    path = request[2].partition(b"?")[0] if request else b"(more of it)"
    for key in _owners:
        path = path.replace(key, b"***") if len(key) >= SHORTEST else path
    _write(
        {
            "from": f"{os.getpid()} {os.path.basename(os.path.dirname(sys.argv[0]))}/{os.path.basename(sys.argv[0])}",
            "to": f"{place[0]}:{place[1]}",
            "request": f"{request[1].decode() if request else ''} {_TOKEN.sub(b'***', path).decode('latin-1')}".strip(),
            "authorization": hashlib.sha256(authorization[2]).hexdigest()[:12] if authorization else None,
            "keys": keys,
            "elsewhere": [name for name, is_at_home in keys if not is_at_home],
        }
    )


def _keys_in(data: bytes, port: int) -> Iterator[tuple[str, bool]]:
    """Their names, and whether they belong there."""
    if port in _sites:
        return
    headers = {value for _, value in _AUTHORIZATION.findall(data)}
    plain = data + b"".join(map(_decoded, headers))
    for key, (name, ports) in list(_owners.items()):
        if key in headers or (len(key) >= SHORTEST and key in plain):
            yield name, port in ports
    for token in set(_TOKEN.findall(plain)) - _owners.keys():
        yield f"{HUGGING_FACE} {hashlib.sha256(token).hexdigest()[:6]}", port in _hubs


def _decoded(value: bytes) -> bytes:
    try:
        return b"\n" + base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _write(line: dict[str, Any]) -> None:
    process, folder = os.getpid(), os.environ["TESTS_COMMON"]
    if process not in _files:
        if not os.path.isdir(folder):
            # The run is over, and somebody has outlived it.
            return
        path = os.path.join(folder, "outgoing.jsonl")
        _files[process] = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(_files[process], json.dumps(line).encode() + b"\n")
