"""Free credits for somebody new: once for a person, and not for whoever collects them."""

import hashlib
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from accounts.addresses import is_disposable, network, site
from accounts.models import User, Workspace
from billing import ledger, locks
from billing.models import WelcomeGift

CREDITS = 5
A_DAY = 10_000
"""Credits that the house gives to new people within 24 hours."""
FROM_ONE_NETWORK = 3
"""Gifts within 24 hours to one /24 (or /64) of the internet: 500 networks full of farmers leave a quarter of the day's
credits to everybody else."""
FROM_ONE_SITE = 12
"""The same for a /48 of IPv6, which anybody may have, with its 65,536 networks."""
DAY = timedelta(hours=24)


def welcome(
    user: User, workspace: Workspace, mailbox: str, address: str | None = None, device: str = ""
) -> bool:
    """Give a person's first workspace the free credits: True if they were given now.

    One at a time: the limits are counted and used up under a lock, so they are exact however many come at once.

    Args:
        user: who has just shown that the mailbox is theirs.
        workspace: who gets the credits.
        mailbox: one spelling for all addresses that reach it; a person gets them once by it.
        address: the IP address they came from, where it is known.
        device: the name of their browser, where it has one: a browser gets them once, for good.
    """
    if is_disposable(mailbox):
        return False  # a throw-away mailbox works, without the gift
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
    """Whether the same mailbox or the same browser had the credits before."""
    same = Q(pk=gift.pk) | (Q(device=gift.device) if gift.device else Q())
    return WelcomeGift.objects.filter(same).exists()


def _used_up(gift: WelcomeGift) -> bool:
    """Whether the house, or this network or site, had its share of the last 24 hours."""
    today = WelcomeGift.objects.filter(created_at__gt=timezone.now() - DAY)
    given: int = today.aggregate(sum=Sum("credits", default=0))["sum"]
    if given + CREDITS > A_DAY:
        return True
    if gift.network and today.filter(network=gift.network).count() >= FROM_ONE_NETWORK:
        return True
    return bool(gift.site) and today.filter(site=gift.site).count() >= FROM_ONE_SITE
