"""The wire between a browser and the site, which can be cut."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Wire:
    """`with Wire(port) as wire:` gives the site on that port another address, `wire.url`."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: set[socket.socket] = set()
        self._silent: set[socket.socket] = set()
        self._down = False
        self._deaf = False
        self._lost = threading.Event()
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Breaks every connection, and each that is tried until `mend`."""
        self._down = True
        for end in list(self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._down = self._deaf = False

    def silence(self) -> None:
        """The connections that are open now bring nothing any more, and break only when something is sent on them."""
        self._silent |= self._ends

    def lose_answers(self) -> None:
        """From now on requests arrive, and what the site answers does not come back."""
        self._lost.clear()
        self._deaf = True

    def wait_for_a_lost_answer(self) -> None:
        assert self._lost.wait(30)

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                browser, _ = self._listener.accept()
                threading.Thread(target=self._connect, args=[browser], daemon=True).start()

    def _connect(self, browser: socket.socket) -> None:
        with browser:
            if self._down:
                return
            with socket.create_connection(self._target) as site:
                self._ends |= {browser, site}
                if self._down:
                    # It was cut while this one was being made.
                    return
                asking = threading.Thread(target=self._carry, args=[browser, site], daemon=True)
                asking.start()
                self._carry(site, browser, answers=True)
                asking.join()
                self._ends -= {browser, site}

    def _carry(self, source: socket.socket, target: socket.socket, *, answers: bool = False) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if answers and self._deaf:
                    self._lost.set()
                elif source not in self._silent:
                    target.sendall(data)
                elif not answers:
                    break
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
