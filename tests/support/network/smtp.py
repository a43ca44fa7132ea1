"""A mail server that speaks as much SMTP as Django does, takes letters, and refuses the addresses that it is told to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings


class MailServer(socketserver.ThreadingTCPServer):
    """`taken` has the addresses of letters that were taken, `refusals` the answer for an address, such as 550."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[str] = []
        self.ids: list[str] = []
        self.refusals: dict[str, int] = {}


class Conversation(socketserver.StreamRequestHandler):
    """One client: a command a line, and the letter up to its lone dot."""

    server: MailServer

    def handle(self) -> None:
        to = ""
        self.say("220 here")
        while command := self.rfile.readline().decode().strip():
            verb = command[:4].upper()
            if verb == "RCPT":
                to = command.partition("<")[2].partition(">")[0]
                code = self.server.refusals.get(to, 250)
                self.say(f"{code} {'ok' if code < 400 else 'not here'}")
            elif verb == "DATA":
                self.say("354 go on")
                letter = b"".join(iter(self.rfile.readline, b".\r\n")).decode()
                self.server.ids += [
                    line.partition(": ")[2] for line in letter.splitlines() if line.startswith("Message-ID")
                ]
                self.server.taken.append(to)
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server at a port of its own, which Django's mail goes to."""
    before = settings.MAILERS
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host, port = server.server_address
        settings.MAILERS = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": host, "port": port, "timeout": 10},
            }
        }
        try:
            yield server
        finally:
            settings.MAILERS = before
            server.shutdown()
