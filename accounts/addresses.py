"""Where a request comes from, and whose mailbox an address is."""

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def client_address(request: HttpRequest) -> str | None:
    """The IP address of who asks, by `ALLAUTH_TRUSTED_PROXY_COUNT`; None where it is not to be known."""
    return get_client_ip(request) or None


def mailbox(email: str) -> str:
    """One spelling for all addresses that reach the same mailbox: what a person may get once is given by it.

    Lower case, without `+tag`; at Google Mail without dots, googlemail.com being gmail.com.
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in DOTLESS:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
