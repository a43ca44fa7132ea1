"""The client's address and scheme, which only proxies that TRUSTED_PROXIES names may report.

Whoever reaches a process past the proxy can write any header. So this stands before everything else in both
processes: it puts the client's true address in the peer's place, and leaves no report of a stranger behind. What
comes after it reads `REMOTE_ADDR` and asks nothing else.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final

from django.conf import settings

type Address = IPv4Address | IPv6Address
type Network = IPv4Network | IPv6Network

FORWARDED_FOR: Final = "x-forwarded-for"
REPORTS: Final = ("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip", "forwarded")
"""Further headers by which proxies report what they were asked."""
LOCAL: Final = "127.0.0.1"
"""Who speaks through a Unix socket, which has no address, is on this machine."""
REMEMBERED: Final = 100
log = logging.getLogger("createio.proxies")


class TrustedProxies:
    """The proxies that are believed, by network."""

    def __init__(self, names: Iterable[str]) -> None:
        self._networks: list[Network] = [ip_network(name, strict=False) for name in names]
        self._warned: set[str] = set()

    def believes(self, peer: str) -> bool:
        """Return whether this peer's reports are believed."""
        address = _address(peer)
        return address is not None and any(address in network for network in self._networks)

    def client(self, peer: str, forwarded: Sequence[str]) -> str:
        """Walk from the peer towards the client for as long as each hop is one of ours.

        Args:
            peer: who is connected to us.
            forwarded: what X-Forwarded-For lists, the client's own claim first.

        Returns:
            The first address that is none of our proxies; the last proxy's if what it reports is no address.
        """
        at = peer
        for hop in reversed(forwarded):
            if not self.believes(at) or (address := _address(hop)) is None:
                break
            at = str(address)
        return at

    def warn(self, peer: str) -> None:
        """Say once that a peer's reports are ignored: it may be a proxy that nobody has named."""
        if peer not in self._warned and len(self._warned) < REMEMBERED:
            self._warned.add(peer)
            log.warning(
                "%s sent X-Forwarded-For or -Proto, and TRUSTED_PROXIES does not name it: both are ignored.",
                peer,
            )


def wsgi(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Wrap a WSGI application."""
    proxies = TrustedProxies(settings.TRUSTED_PROXIES)
    keys = [f"HTTP_{name.upper().replace('-', '_')}" for name in (FORWARDED_FOR, *REPORTS)]

    def wrapped(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR") or LOCAL
        forwarded = environ.pop(keys[0], "")
        if proxies.believes(peer):
            environ["REMOTE_ADDR"] = proxies.client(peer, _hops(forwarded))
        else:
            environ["REMOTE_ADDR"] = peer
            reported = [environ.pop(key) for key in keys[1:] if key in environ]
            if forwarded or reported:
                proxies.warn(peer)
        return app(environ, start_response)

    return wrapped


def asgi(app: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap an ASGI application."""
    proxies = TrustedProxies(settings.TRUSTED_PROXIES)
    first, others = FORWARDED_FOR.encode(), {name.encode() for name in REPORTS}

    async def wrapped(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            peer = (scope.get("client") or (LOCAL, 0))[0]
            is_believed = proxies.believes(peer)
            # Django takes an underscore for a hyphen.
            headers = [pair for pair in scope["headers"] if pair[0].replace(b"_", b"-") != first]
            client = peer
            if is_believed:
                lines = [value.decode("latin-1") for name, value in scope["headers"] if name == first]
                client = proxies.client(peer, _hops(",".join(lines)))
            else:
                headers = [pair for pair in headers if pair[0].replace(b"_", b"-") not in others]
                if len(headers) < len(scope["headers"]):
                    proxies.warn(peer)
            scope = scope | {"client": (client, 0), "headers": headers}
        await app(scope, receive, send)

    return wrapped


def _hops(line: str) -> list[str]:
    return [hop for part in line.split(",") if (hop := part.strip())]


def _address(text: str) -> Address | None:
    """Read an address, with or without a port; an IPv4 address in IPv6's clothes is that IPv4 address."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
