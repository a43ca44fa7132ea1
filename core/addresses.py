"""IP addresses of requests and mailboxes behind email addresses."""

import ipaddress

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

NETWORK = {4: 24, 6: 64}
"""Prefix lengths, by IP version, of what a household or an office shares."""
SITE = {4: 24, 6: 48}
"""Prefix lengths of what one customer of a provider may have: a /48 holds 65,536 IPv6 networks."""


def client_address(request: HttpRequest) -> str | None:
    """Return the client's IP address, as `config.server.proxies` has found it; None if it can't be known."""
    return get_client_ip(request) or None


def network(address: str | None) -> str:
    """Return the household's network of a public address; empty for others, which tell nobody apart."""
    return _around(address, NETWORK)


def site(address: str | None) -> str:
    """Return the network that one customer of an internet provider may have around a public address."""
    return _around(address, SITE)


def _around(address: str | None, bits: dict[int, int]) -> str:
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if not ip.is_global:
        return ""
    return str(ipaddress.ip_network(f"{ip}/{bits[ip.version]}", strict=False))
