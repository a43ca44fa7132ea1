"""Free credits for new people: once for a person, and not for those who collect them."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.email_addresses import is_disposable
from accounts.models import User, Workspace
from billing import ledger, locks
from billing.models import WelcomeGift
from core.addresses import network, site

CREDITS = 5
A_DAY = 10_000
"""Free credits that the platform gives to new people within 24 hours."""
FROM_ONE_NETWORK = 3
"""Gifts within 24 hours to one /24 (or /64) of the internet: 500 networks full of collectors leave a quarter
of the day's credits to everybody else.
"""
FROM_ONE_SITE = 12
"""The same for a /48 of IPv6, which anybody may have, with its 65,536 networks."""
DAY = timedelta(hours=24)


def grant_welcome_credits(
    user: User, workspace: Workspace, mailbox: str, address: str | None = None, device: str = ""
) -> bool:
    """Give a person's first workspace the free credits.

    One at a time: limits are counted and used up under a lock, so they are exact at any concurrency.

    Args:
        user: a person who has just shown that the mailbox is theirs.
        workspace: the workspace that gets the credits.
        mailbox: one spelling for all addresses that reach it; it gets them once.
        address: the IP address of the person, if known.
        device: the name of their browser, if it has one: a browser gets them once, for good.

    Returns:
        True if they were given now.
    """
    if is_disposable(mailbox):
        # A disposable mailbox works, without the gift.
        return False
    digest = hashlib.sha256(mailbox.encode()).hexdigest()[:32]
    gift = WelcomeGift(
        mailbox=digest,
        user=user,
        network=network(address),
        site=site(address),
        device=device,
        credits=CREDITS,
    )
    with transaction.atomic():
        locks.welcome()
        if _had_theirs(gift) or _used_up(gift):
            return False
        gift.save(force_insert=True)
        return ledger.grant(
            workspace,
            CREDITS,
            key=f"signup:{digest}",
            reference=f"user:{user.pk}",
            reason="Welcome credits",
            actor=user,
        )


def _had_theirs(gift: WelcomeGift) -> bool:
    """Return whether the same mailbox or the same browser had the credits before."""
    same = Q(pk=gift.pk) | (Q(device=gift.device) if gift.device else Q())
    return WelcomeGift.objects.filter(same).exists()


def _used_up(gift: WelcomeGift) -> bool:
    """Return whether the platform, this network or this site had its share of the last 24 hours."""
    today = WelcomeGift.objects.filter(created_at__gt=timezone.now() - DAY)
    given: int = today.aggregate(sum=Sum("credits", default=0))["sum"]
    if given + CREDITS > A_DAY:
        return True
    if gift.network and today.filter(network=gift.network).count() >= FROM_ONE_NETWORK:
        return True
    return bool(gift.site) and today.filter(site=gift.site).count() >= FROM_ONE_SITE
