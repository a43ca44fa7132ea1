"""Calls to addresses that others gave us: an image to work from, a partner's webhook.

The host is looked up once per hop and the connection made to an address that was checked, with the host's
name in SNI, certificate check and Host header as usual; every redirect is checked like a first link. One
deadline covers lookup, connecting, and every byte of the response; bytes are counted as they arrive, whatever
the response's headers claim. docs/decisions/0009-calls-to-addresses-of-others.md has the reasons.
"""

import io
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final
from urllib.parse import urljoin

from core.errors import Refusal
from core.safe_addresses import (
    DEFAULT_PORTS,
    STRICT,
    UNREACHABLE,
    AddressRules,
    Destination,
    LinkRefused,
    resolve_link,
)

SECONDS: Final = 15.0
CONNECT_SECONDS: Final = 5.0
MAX_ADDRESSES: Final = 4
MAX_HEADER_BYTES: Final = 256 * 1024
"""Bytes that a response may have around its body."""
DEFAULT_HEADERS: Final = {"Accept-Encoding": "identity", "Connection": "close"}
REDIRECTS: Final = frozenset(
    {
        HTTPStatus.MOVED_PERMANENTLY,
        HTTPStatus.FOUND,
        HTTPStatus.SEE_OTHER,
        HTTPStatus.TEMPORARY_REDIRECT,
        HTTPStatus.PERMANENT_REDIRECT,
    }
)
SLOW: Final = (
    "That address took too long to answer. Nothing was charged; try again, or upload the file instead."
)
GARBLED: Final = (
    "That address answered in a way that can't be read. Nothing was charged; upload the file instead."
)
AROUND: Final = "That link redirects too many times. Nothing was charged."


class LinkFailed(Refusal):
    """The link was called, but returned nothing usable."""

    code = "link_failed"


class LinkTooLarge(Refusal):
    """The link leads to something with too many bytes."""

    code = "link_too_large"
    status = 413


@dataclass(frozen=True, slots=True)
class SafeResponse:
    """A response; none of it is shown to whoever gave the link."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class _RequestContent:
    """The parts of the request that every hop receives."""

    method: str
    body: bytes | None
    headers: Mapping[str, str]


def fetch(
    url: str,
    *,
    most: int,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    redirects: int = 0,
    seconds: float = SECONDS,
    rules: AddressRules = STRICT,
    is_cut: bool = False,
) -> SafeResponse:
    """Call a link that somebody gave us.

    Args:
        url: the link.
        most: bytes that the response may have.
        method: the HTTP method.
        body: what to send along.
        headers: in addition to Host, Accept-Encoding and Connection.
        redirects: how many to follow, each checked anew; with 0 a redirect is the response.
        seconds: for everything together.
        rules: what may be called.
        is_cut: take the first `most` bytes of a longer body, and a packed one as it is: its status is what counts.

    Raises:
        LinkRefused: nothing was connected to.
        LinkFailed: no response in time, or none that can be read.
        LinkTooLarge: more than `most` bytes, unless the body is cut.
    """
    content, until = _RequestContent(method, body, headers or {}), time.monotonic() + seconds
    for _ in range(redirects + 1):
        response, location = _request(url, content, most, until, rules, is_cut=is_cut)
        if location is None or not redirects:
            return response
        try:
            url = urljoin(url, location)
        except ValueError as error:
            raise LinkFailed(GARBLED, param="url") from error
    raise LinkFailed(AROUND, param="url")


def _request(
    url: str, content: _RequestContent, most: int, until: float, rules: AddressRules, *, is_cut: bool
) -> tuple[SafeResponse, str | None]:
    """Request one address.

    Returns:
        The response, and where it redirects to, if it does.
    """
    try:
        destination = resolve_link(url, rules, _left(until))
        connection = _PinnedConnection(destination, most, until, rules)
        try:
            connection.request(
                content.method, destination.path, content.body, {**content.headers, **DEFAULT_HEADERS}
            )
            with connection.getresponse() as response:
                return _read_beginning(response, most) if is_cut else _read(response, most)
        finally:
            connection.close()
    except TimeoutError as error:
        raise LinkFailed(SLOW, param="url") from error
    except OSError as error:
        raise LinkFailed(UNREACHABLE, param="url") from error
    except (HTTPException, ValueError) as error:
        raise LinkFailed(GARBLED, param="url") from error


def _read(response: HTTPResponse, most: int) -> tuple[SafeResponse, str | None]:
    location = response.getheader("Location") if response.status in REDIRECTS else None
    if location is not None:
        return SafeResponse(response.status, b""), location
    if response.getheader("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        # A few bytes could be unpacked to any number.
        raise LinkFailed(GARBLED, param="url")
    if (response.length or 0) > most:
        raise _too_large(most)
    data = response.read(most + 1)
    if len(data) > most:
        raise _too_large(most)
    if response.length:
        # The connection ended before the response did.
        raise LinkFailed(GARBLED, param="url")
    return SafeResponse(response.status, data), None


def _read_beginning(response: HTTPResponse, most: int) -> tuple[SafeResponse, str | None]:
    return SafeResponse(response.status, response.read(most)), None


class _PinnedConnection(HTTPConnection):
    """A connection to a checked address, under the host's name."""

    def __init__(self, destination: Destination, most: int, until: float, rules: AddressRules) -> None:
        super().__init__(destination.host, destination.port)
        self.default_port = DEFAULT_PORTS[destination.scheme]
        self._destination, self._most, self._until, self._rules = destination, most, until, rules

    def connect(self) -> None:
        """Connect to the first of the addresses that answers; with TLS for an https link."""
        wire = self._open_socket()
        if self._destination.scheme == "https":
            try:
                wire = self._rules.tls().wrap_socket(
                    wire, server_hostname=self._destination.host, do_handshake_on_connect=False
                )
                wire.settimeout(_left(self._until))
                wire.do_handshake()
            except OSError:
                wire.close()
                raise
        self.sock = _DeadlineSocket(wire, self._most + MAX_HEADER_BYTES, self._until)

    def _open_socket(self) -> Any:
        for address in self._destination.addresses[:MAX_ADDRESSES]:
            try:
                timeout = min(CONNECT_SECONDS, _left(self._until))
                return socket.create_connection((address, self._destination.port), timeout)
            except OSError:
                _left(self._until)
        raise LinkRefused(UNREACHABLE, param="url")


class _DeadlineSocket:
    """The socket interface that `http.client` needs; every wait ends at the deadline, however bytes trickle in."""

    def __init__(self, wire: socket.socket, most: int, until: float) -> None:
        self._wire, self._most, self._until = wire, most, until

    def sendall(self, data: bytes) -> None:
        self._wire.settimeout(_left(self._until))
        self._wire.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_LimitedReader(self._wire, self._most, self._until))

    def close(self) -> None:
        self._wire.close()


class _LimitedReader(io.RawIOBase):
    """The bytes received, until there are too many or it takes too long."""

    def __init__(self, wire: socket.socket, most: int, until: float) -> None:
        self._wire, self._left, self._until = wire, most, until
        self._file = wire.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._wire.settimeout(_left(self._until))
        count = self._file.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise HTTPException("More bytes than an answer may have.")
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _too_large(most: int) -> LinkTooLarge:
    return LinkTooLarge(
        f"The file at that address is larger than {most // 1024 // 1024} MB. Nothing was kept or charged.",
        param="url",
    )
