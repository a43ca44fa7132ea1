"""Destinations of links from others: parsed, looked up once, and checked address by address.

Python's `ipaddress` alone does not tell: it calls NAT64, IPv4-compatible, site-local and multicast addresses
global (measured on 3.13), and refuses spellings of 127.0.0.1 that every resolver takes. So a host is refused
unless all that it resolves to is ordinary and public, and the caller connects to the checked addresses, never
to the name again.
"""

import re
import socket
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from django.conf import settings

from core.errors import Refusal

MAX_URL_LENGTH: Final = 2000
DEFAULT_PORTS: Final = {"https": 443, "http": 80}
PORTS: Final[Mapping[str, Collection[int]]] = {"https": frozenset({443, 8443})}
HTTP_PORTS: Final[Mapping[str, Collection[int]]] = {**PORTS, "http": frozenset({80, 8080})}
"""Ports that operators may allow for development: see PLAIN_HTTP_LINKS in .env.example."""
UNREACHABLE: Final = "That address can't be reached from here. Nothing was charged."
NO_LINK: Final = (
    "That is not a valid link: it has to begin with https:// and name a host. Nothing was charged."
)

_IN_PATHS: Final = "/%:@!$&'()*+,;=~-._[]"
_HOST: Final = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_ORDINARY: Final = ip_network("2000::/3")
"""All IPv6 space that is given out to hosts so far (RFC 4291, 2.4): without NAT64, mapped and local ones."""
_DENIED: Final = tuple(
    ip_network(one)
    for one in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
        "192.175.48.0/24", "198.18.0.0/15", "224.0.0.0/3",
        # Azure's metadata service, on an address that is public everywhere else.
        "168.63.129.16/32",
        "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    )
)  # fmt: skip
"""Reserved by IANA's special-purpose registries or a cloud; tunnels (Teredo, 6to4) hide a second address."""
# A lookup outlives the caller that gave up waiting for it.
_lookups = ThreadPoolExecutor(96, thread_name_prefix="lookup")


class LinkRefused(Refusal):
    """The link is malformed, or leads to an address that is not public."""

    code = "link_refused"


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host of the open internet."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (ip.scope_id or ip not in _ORDINARY):
        return False
    special = ip.is_private or ip.is_multicast or ip.is_reserved or ip.is_link_local or ip.is_loopback
    return ip.is_global and not special and not any(ip in network for network in _DENIED)


def look_up_host(host: str, port: int, seconds: float) -> list[str]:
    """Resolve a host; the list is empty if it has no addresses or its name server takes longer."""
    try:
        asked = _lookups.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        try:
            found = asked.result(seconds)
        finally:
            # One that has not begun takes no thread from others any more.
            asked.cancel()
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Rules for links, by default the product's; tests pass a resolver and a server of their own.

    Attributes:
        ports: by scheme; a scheme that is not named is refused.
        look_up: maps host, port and seconds to the host's addresses.
        allows: whether an address may be connected to.
        tls: makes the context that certificates are checked with.
        is_ours_refused: whether links to our own host are refused.
    """

    ports: Mapping[str, Collection[int]]
    look_up: Callable[[str, int, float], Sequence[str]] = look_up_host
    allows: Callable[[str], bool] = is_public
    tls: Callable[[], ssl.SSLContext] = ssl.create_default_context
    is_ours_refused: bool = True


STRICT: Final = AddressRules(HTTP_PORTS if settings.PLAIN_HTTP_LINKS else PORTS)


@dataclass(frozen=True, slots=True)
class Destination:
    """A link's checked addresses and port, its `host` as certificates name it, and its `path`."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is well formed and may be looked up; nothing is known of its host's addresses."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """The link without path and query, in one spelling."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS.get(self.scheme) else f":{self.port}"
        return f"{self.scheme}://{host}{port}/"


def read_link(url: str, rules: AddressRules) -> Link:
    """Read a link without looking up its host.

    Raises:
        LinkRefused: the link is malformed, or its scheme, port or host are not to be called.
    """
    parts, port = _split(url)
    if parts.scheme not in rules.ports:
        raise LinkRefused(
            "Only links that begin with https:// can be read. Nothing was charged.", param="url"
        )
    if port not in rules.ports[parts.scheme]:
        raise LinkRefused(
            "Only links to the ports 443 and 8443 can be read. Nothing was charged.",
            param="url",
        )
    host = _normalized_host(parts.hostname or "")
    if rules.is_ours_refused and host == urlsplit(settings.BASE_URL).hostname:
        raise LinkRefused(UNREACHABLE, param="url")
    path = quote(parts.path or "/", safe=_IN_PATHS)
    query = f"?{quote(parts.query, safe=f'{_IN_PATHS}?')}" if parts.query else ""
    return Link(parts.scheme, host, port, path + query)


def resolve_link(url: str, rules: AddressRules, seconds: float) -> Destination:
    """Look up a link's destination once, so that nobody who connects to it can be redirected by DNS later.

    Raises:
        LinkRefused: the link is malformed, or one address of its host is not to be called.
    """
    link = read_link(url, rules)
    addresses = tuple(rules.look_up(link.host, link.port, seconds))
    if not addresses or not all(rules.allows(address) for address in addresses):
        raise LinkRefused(UNREACHABLE, param="url")
    return Destination(link.scheme, link.host, link.port, link.path, addresses)


def _split(url: str) -> tuple[SplitResult, int]:
    # Browsers repair such links, this refuses them: two parsers of one address must not see two hosts in it.
    if len(url) > MAX_URL_LENGTH:
        raise LinkRefused(
            f"That link is too long: at most {MAX_URL_LENGTH:,} characters. Nothing was charged.", param="url"
        )
    if not url.isprintable() or " " in url or "\\" in url:
        raise LinkRefused(NO_LINK, param="url")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise LinkRefused(NO_LINK, param="url") from error
    if "@" in parts.netloc:
        raise LinkRefused(
            "A link with a user name before its host can't be read. Nothing was charged.", param="url"
        )
    return parts, DEFAULT_PORTS.get(parts.scheme, 0) if port is None else port


def _normalized_host(text: str) -> str:
    """Normalize the host: lower case, ASCII, no final dot, numbers as four decimal ones."""
    if ":" in text:
        try:
            return str(IPv6Address(text))
        except ValueError as error:
            raise LinkRefused(NO_LINK, param="url") from error
    try:
        host = text.encode("idna").decode().lower().removesuffix(".")
    except UnicodeError as error:
        raise LinkRefused(NO_LINK, param="url") from error
    if not _HOST.fullmatch(host):
        raise LinkRefused(NO_LINK, param="url")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and not _is_plain(host):
        raise LinkRefused(UNREACHABLE, param="url")
    return host


def _is_plain(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False
