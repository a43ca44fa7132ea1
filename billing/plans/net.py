"""What a credit brings in after card fees, and what would sell below its cost at that."""

from collections.abc import Callable, Iterable

from billing.models import CreditPack, PackOffer, PricingTier
from core.registry import Registry

FEE_PER_MILLE, FEE_CENTS = 29, 30
"""Card fees as prices assume them: 2.9 % and 30 cents of a payment."""

type BelowCost = Callable[[int, str | None], Iterable[str]]
"""Lists what sells below its cost where a credit brings so many micro-dollars, at a tier's prices or the listed ones."""

checks = Registry[BelowCost]("check of what a credit brings")


def per_credit(amount: int, credits: int) -> int:
    """Return the micro-dollars that each credit of a pack at `amount` cents brings in, at least 0."""
    return max(0, ((1000 - FEE_PER_MILLE) * amount - 1000 * FEE_CENTS) * 10 // credits)


def of_tier(tier: str | None) -> int | None:
    """Return the least that a credit brings in a tier, or at list prices; None if nothing is on sale."""
    own = (
        PackOffer.objects.filter(tier=tier, pack__is_active=True).values_list("amount", "pack__credits")
        if tier
        else ()
    )
    listed = CreditPack.objects.filter(is_active=True).values_list("amount", "credits")
    return min((per_credit(amount, credits) for amount, credits in own or listed), default=None)


def newly_below_cost(net: int, before: int | None, tiers: Iterable[str | None]) -> list[str]:
    """Return what sells below its cost where a credit brings `net`, and did not while it brought `before`."""
    found: dict[str, None] = {}
    for check in checks.entries.values():
        for tier in tiers:
            known = set(check(before, tier)) if before is not None else set()
            found |= dict.fromkeys(one for one in check(net, tier) if one not in known)
    return list(found)


def tiers_at_list_price() -> list[str | None]:
    """Return the tiers that buy at list prices, and None for whoever has not signed in."""
    return [None, *PricingTier.objects.filter(offers=None).values_list("slug", flat=True)]
