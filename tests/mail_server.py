"""A mail server for tests: real SMTP on the loopback, which keeps what it is sent or refuses it."""

from __future__ import annotations

import base64
import socketserver
import threading
from typing import Self


class MailServer(socketserver.ThreadingTCPServer):
    """`with MailServer("user", "password") as server:`. `refuses` has answers by command, given instead of its own."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, user: str = "", password: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.user, self.password = user, password
        self.refuses: dict[str, str] = {}
        self.mails: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        login = f"{self.user}:{self.password}@" if self.user else ""
        return f"smtp://{login}127.0.0.1:{self.server_address[1]}"


class Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.say("220 mail.example")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            command, _, rest = line.partition(" ")
            command = command.upper()
            if refusal := self.server.refuses.get(command):
                self.say(refusal)
            elif command == "EHLO":
                self.say("250-mail.example\r\n250 AUTH PLAIN" if self.server.user else "250 mail.example")
            elif command == "AUTH":
                said = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")[1:]
                self.say("235 in" if said == [self.server.user, self.server.password] else f"535 not {said}")
            elif command == "DATA":
                self.say("354 go on")
                self.server.mails.append("".join(self.text()))
                self.say("250 kept")
            elif command == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def text(self) -> list[str]:
        lines = []
        while (line := self.rfile.readline().decode()) not in {".\r\n", ""}:
            lines.append(line)
        return lines

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
