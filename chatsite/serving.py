"""What gunicorn calls when it starts, is ready, and has to stop."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import ipaddress
import os
import re
import signal
import socket
import time
from contextlib import suppress
from typing import Any

from django.conf import settings
from gunicorn.workers import gasgi

from chatsite.connection import Connection
from chatsite.environment import host_and_port, refuse
from chatsite.lifespan import begin
from watching import log

MARGIN = 8
"""Seconds of the grace time kept for saving what is still being written."""

LINGER = 2
"""Seconds that pages still being sent have after the last reply."""

M_ARENA_MAX, M_MMAP_THRESHOLD = -8, -3
"""Of glibc's `mallopt`."""

LARGE = 128 * 1024
"""Bytes, as glibc itself has it at first. If nobody sets it, it goes up with what is freed; and what is large, such as
whole pages, leaves holes among what stays."""

PATIENCE = 5
"""Seconds for which a port may still be taken: the process before this one may be about to leave it."""

draining: set[int] = set()


def refuse_strangers(server: Any) -> None:
    """gunicorn's own --bind may open what HOST keeps closed."""
    for address in server.cfg.address if settings.SINGLE_USER else ():
        if not loopback(address):
            refuse("SINGLE_USER", f"nobody would have to sign in, so the server must not listen on {address}")


def loopback(address: Any) -> bool:
    """False also for sockets in a file: what is behind them cannot be known."""
    host = address[0] if isinstance(address, tuple) else ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_taken(server: Any) -> None:
    """gunicorn would take ten lines for it, and not say what to do."""
    if server.cfg.reuse_port or {"GUNICORN_FD", "LISTEN_FDS"} & os.environ.keys():
        return
    for host, port in (address for address in server.cfg.address if isinstance(address, tuple)):
        for _ in range(PATIENCE):
            if (problem := _problem(host, port)) != errno.EADDRINUSE:
                break
            time.sleep(1)
        if problem == errno.EADDRINUSE:
            refuse("PORT", f"something else listens at {host_and_port(host, port)}: end it, or set another PORT")
        if problem == errno.EACCES:
            refuse("PORT", f"this account may not listen at {port}: set one above 1023, and put a proxy in front")
        if problem:
            refuse("HOST", f"{host} is no address of this machine: set one that is, such as 127.0.0.1 or 0.0.0.0")


def _problem(host: str, port: int) -> int | None:
    """Why nobody can listen there, as an errno."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            return error.errno
    return None


def announce(server: Any) -> None:
    """To the operator who started it by hand."""
    said = summary(server.cfg.address[0])
    print(said if settings.LOG_FORMAT == "line" else log.line("chatsite", said), flush=True)  # noqa: T201


def summary(listening: Any) -> str:
    """Of what listens at a host and a port, or at a socket in a file."""
    where = f"http://{host_and_port(*listening[:2])}" if isinstance(listening, tuple) else listening
    llm = settings.LLM
    servers = [
        without_password(llm.base_url or ""),
        "the Hugging Face router" if llm.hf_token else "",
        *(server.name for server in llm.servers),
    ]
    backend = {
        "guide": "the built-in guide, which is not a language model",
        "transformers": ", ".join(llm.models[:1]) + ", on this machine",
        "huggingface": ", ".join(filter(None, servers)),
    }[settings.LLM_BACKEND]
    lines = [
        f"{settings.SITE_NAME} runs at {where}",
        f"  answers:       {backend}",
        f"  conversations: {settings.CONVERSATION_STORE}",
        f"  database:      {settings.DATABASE['ENGINE'].rpartition('.')[2]}",
    ]
    if settings.LLM_BACKEND == "guide":
        lines += [
            "For a real model set one of these, in the environment or in the file .env, and start again:",
            "  HF_TOKEN=hf_...                            a token of huggingface.co/settings/tokens",
            "  LLM_BASE_URL=http://127.0.0.1:11434/v1     Ollama, or any OpenAI-compatible server",
        ]
    return "\n".join(lines)


def without_password(url: str) -> str:
    return re.sub(r"//[^/@]*@", "//", url)


def begin_work(worker: Any) -> None:
    """Runs in each worker before it serves."""
    share_memory()
    # Those of other servers tell the application.
    if isinstance(worker, gasgi.ASGIWorker):
        drain_on_sigterm(worker)
        # Where it makes one for each who connects.
        gasgi.ASGIProtocol = Connection
        worker.loop.call_soon(begin)


def share_memory() -> None:
    """glibc would give nearly every thread a heap of its own, and what one leaves free no other can use."""
    # Other C libraries know nothing of it.
    with suppress(AttributeError, OSError, TypeError):
        glibc = ctypes.CDLL(None)
        glibc.mallopt(M_ARENA_MAX, 2)
        glibc.mallopt(M_MMAP_THRESHOLD, LARGE)


def drain_on_sigterm(worker: Any) -> None:
    """Replies get the grace time, then are saved as interrupted, then gunicorn goes on.

    Left to itself gunicorn waits for open responses only, and kills the process at the end of the grace time.
    """
    loop: asyncio.AbstractEventLoop = worker.loop

    def on_sigterm() -> None:
        if worker.pid not in draining:
            draining.add(worker.pid)
            loop.create_task(drain())

    async def drain() -> None:
        from conversations import live  # noqa: PLC0415

        try:
            await live.drain(max(worker.cfg.graceful_timeout - MARGIN, 0))
        finally:
            worker.handle_exit_signal()
            # It would wait the whole grace time for connections that browsers merely keep open.
            loop.call_later(LINGER, worker.handle_quit_signal)

    loop.add_signal_handler(signal.SIGTERM, on_sigterm)
