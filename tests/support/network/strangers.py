"""Servers of strangers, on the loopback: what links lead to, and a count of who came."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from core.safe_addresses import AddressRules, is_public, look_up_host

HOST = "pictures.example"
PRIVATE = {
    "other.example": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "inside.example": ["10.0.0.5"],
    "half.example": ["93.184.216.34", "127.0.0.1"],
    "half6.example": ["93.184.216.34", "fd00::1"],
    "nowhere.example": [],
}
"""What the resolver of a test says of these names."""
Manner = Callable[[socket.socket, bytes], None]


class Stranger:
    """A server that answers each connection by `manner`, which gets the connection and the request's head."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.accepted: list[bytes] = []
        self.manner: Manner = says(b"")
        self._tls, self._closing = tls, threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._closing.set()
        self._listener.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(wire,), daemon=True).start()

    def _answer(self, wire: socket.socket) -> None:
        self.accepted.append(b"")
        at = len(self.accepted) - 1
        try:
            with self._tls.wrap_socket(wire, server_side=True) if self._tls else wire as spoken:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (more := spoken.recv(65536)):
                        return
                    head += more
                self.accepted[at] = head
                self.manner(spoken, head)
        except OSError:
            return


def says(body: bytes, *headers: str, status: str = "200 OK") -> Manner:
    """Answers with this body, whatever was asked."""
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""])
    return lambda wire, _: wire.sendall(head.encode() + body)


def sends_on(to: str) -> Manner:
    """Redirects to there."""
    return says(b"", f"Location: {to}", status="302 Found")


def drips(piece: bytes, begins: bytes = b"HTTP/1.1 200 OK\r\n", pause: float = 0.05) -> Manner:
    """Never ends: sends `piece` after `piece`."""

    def manner(wire: socket.socket, _: bytes) -> None:
        wire.sendall(begins)
        while True:
            wire.sendall(piece)
            threading.Event().wait(pause)

    return manner


@contextmanager
def stranger(tls: ssl.SSLContext | None = None) -> Iterator[Stranger]:
    one = Stranger(tls)
    try:
        yield one
    finally:
        one.close()


def only_inside(port: int) -> AddressRules:
    """The product's rules, but for the port of a test's listener and names that no resolver need be asked for."""
    return AddressRules({"https": {443, 8443, port}}, look_up=_names)


def public(*servers: Stranger) -> AddressRules:
    """Rules by which pictures.example is a host of the internet, and these servers are its ports."""
    ports = {one.port for one in servers}
    asked: list[str] = []

    def names(host: str, port: int, seconds: float) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if host == HOST else _names(host, port, seconds)

    return AddressRules(
        {"http": ports, "https": ports},
        look_up=names,
        allows=lambda address: asked[-1] == HOST or is_public(address),
    )


def _names(host: str, port: int, seconds: float) -> Sequence[str]:
    return PRIVATE[host] if host in PRIVATE else look_up_host(host, port, seconds)
