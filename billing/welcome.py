"""Free credits for somebody new: once for a person, and not for whoever collects them."""

import hashlib
import ipaddress
from datetime import timedelta

from disposable_email_domains import blocklist
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User, Workspace
from billing import ledger, locks
from billing.models import WelcomeGift

CREDITS = 5
A_DAY = 10_000
"""Credits that the house gives to new people within 24 hours."""
FROM_ONE_NETWORK = 10
"""Gifts within 24 hours to one /24 (or /64) of the internet."""
DAY = timedelta(hours=24)


def welcome(user: User, workspace: Workspace, mailbox: str, address: str | None = None) -> bool:
    """Give a person's first workspace the free credits: True if they were given now.

    One at a time: the limits are counted and used up under a lock, so they are exact however many come at once.

    Args:
        user: who has just shown that the mailbox is theirs.
        workspace: who gets the credits.
        mailbox: one spelling for all addresses that reach it; a person gets them once by it.
        address: the IP address they came from, where it is known.
    """
    if mailbox.rpartition("@")[2] in blocklist:
        return False  # a throw-away mailbox works, without the gift
    digest = hashlib.sha256(mailbox.encode()).hexdigest()[:32]
    network = _network(address)
    with transaction.atomic():
        locks.welcome()
        if WelcomeGift.objects.filter(pk=digest).exists() or _used_up(network):
            return False
        WelcomeGift.objects.create(pk=digest, user=user, network=network, credits=CREDITS)
        return ledger.grant(
            workspace,
            CREDITS,
            key=f"signup:{digest}",
            reference=f"user:{user.pk}",
            reason="Welcome credits",
            actor=user,
        )


def _used_up(network: str) -> bool:
    """Whether the house, or this network, had its share of the last 24 hours."""
    today = WelcomeGift.objects.filter(created_at__gt=timezone.now() - DAY)
    given: int = today.aggregate(sum=Sum("credits", default=0))["sum"]
    if given + CREDITS > A_DAY:
        return True
    return bool(network) and today.filter(network=network).count() >= FROM_ONE_NETWORK


def _network(address: str | None) -> str:
    """The neighbourhood of a public address; nothing for others, which tell nobody apart."""
    try:
        ip = ipaddress.ip_address(address or "")
    except ValueError:
        return ""
    if not ip.is_global:
        return ""
    return str(ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 64}", strict=False))  # noqa: PLR2004 -- IPv4
