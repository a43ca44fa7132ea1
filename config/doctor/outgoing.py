"""Calls to addresses that others give us: webhooks of partners, and images by link."""

from typing import Final

from django.conf import settings

from api.webhooks import endpoints
from config.doctor.findings import Finding, fault, ok, skipped
from core import safe_http
from core.errors import Refusal
from core.safe_addresses import LinkRefused, look_up_host, read_link

SECONDS: Final = 8.0
CURE: Final = (
    "Webhooks and images by link are called directly, whatever HTTPS_PROXY says: let the ports 443 and 8443 out by the "
    "firewall, and have names looked up."
)


def calls() -> Finding:
    """Call the address of a provider as a partner's would be called; any answer will do."""
    url, rules = settings.OPENAI_BASE_URL, endpoints.rules()
    try:
        link = read_link(url, rules)
    except LinkRefused:
        return skipped("OPENAI_BASE_URL is no address that a partner may have, so there is none to try.")
    addresses = look_up_host(link.host, link.port, SECONDS)
    if not addresses:
        return fault(f"The name {link.host} can't be looked up, so no webhook can be sent.", CURE)
    if not all(rules.allows(one) for one in addresses):
        return skipped(f"{link.host} is on a private network, where partners are not called.")
    try:
        safe_http.fetch(url, most=0, seconds=SECONDS, rules=rules, is_cut=True)
    except Refusal as refusal:
        return fault(f"Webhooks can't be sent: {link.host} gives no answer ({_plain(refusal.detail)}).", CURE)
    return ok(f"Webhooks can be sent: {link.host} answers.")


def _plain(sentence: str) -> str:
    return sentence.removesuffix(" Nothing was charged.").rstrip(".")
