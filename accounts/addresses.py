"""Where a request comes from, and whose mailbox an address is."""

import ipaddress

from allauth.core.internal.httpkit import get_client_ip
from disposable_email_domains import blocklist
from django.http import HttpRequest

DOTLESS = frozenset({"gmail.com"})
SAME = {
    "googlemail.com": "gmail.com", "pm.me": "proton.me", "protonmail.com": "proton.me", "protonmail.ch": "proton.me",
    "me.com": "icloud.com", "mac.com": "icloud.com",
}  # fmt: skip
"""Domains whose mailboxes are those of another."""
NETWORK = {4: 24, 6: 64}
"""Bits of an address that its neighbours share: what a household or an office has, by version of IP."""
SITE = {4: 24, 6: 48}
"""The same of what one customer of a provider may have: with a /48 come 65,536 networks of IPv6."""


def client_address(request: HttpRequest) -> str | None:
    """The IP address of who asks, by `ALLAUTH_TRUSTED_PROXY_COUNT`; None where it is not to be known."""
    return get_client_ip(request) or None


def mailbox(email: str) -> str:
    """One spelling for all addresses that reach the same mailbox: what a person may get once is given by it.

    Lower case, without `+tag`, of one domain where a provider has several for the same mailboxes; at Google Mail
    without dots.
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    domain = SAME.get(domain, domain)
    if domain in DOTLESS:
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def is_disposable(email: str) -> bool:
    """Whether an address is one for ten minutes: its domain, or one above it, is known to throw mail away."""
    labels = email.rpartition("@")[2].lower().split(".")
    return any(".".join(labels[start:]) in blocklist for start in range(len(labels) - 1))


def network(address: str | None) -> str:
    """The neighbourhood of a public address; nothing for others, which tell nobody apart."""
    return _around(address, NETWORK)


def site(address: str | None) -> str:
    """All that one customer of an internet provider may have around a public address."""
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
