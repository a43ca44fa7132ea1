"""Packs that a workspace can buy, at its own prices."""

import re
from dataclasses import dataclass

from accounts.models import Workspace
from billing.models import CreditPack, PackOffer, PricingTier

WRITTEN = re.compile(r"(?P<pack>[\w-]+):(?P<credits>\d{1,9}):(?P<amount>\d{1,9})", re.ASCII)
"""Terms as they are written in a form."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A pack as shown to somebody who agrees to it: its slug, its credits, and its price in cents."""

    pack: str
    credits: int
    amount: int

    @classmethod
    def read(cls, text: str) -> "Terms | None":
        """Parse terms from a form; return None if they are malformed."""
        found = WRITTEN.fullmatch(text)
        return cls(found["pack"], int(found["credits"]), int(found["amount"])) if found else None

    def covers(self, other: "Terms") -> bool:
        """Return whether consent to these terms covers the others: the same pack, no dearer, no smaller."""
        return self.pack == other.pack and self.amount >= other.amount and self.credits <= other.credits

    def __str__(self) -> str:
        return f"{self.pack}:{self.credits}:{self.amount}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A pack at the price that this workspace pays, in cents."""

    pack: CreditPack
    amount: int

    @property
    def slug(self) -> str:
        """Slug of the pack."""
        return self.pack.slug

    @property
    def credits(self) -> int:
        """Credits of one pack."""
        return self.pack.credits

    @property
    def terms(self) -> Terms:
        """Terms that a buyer agrees to."""
        return Terms(self.slug, self.credits, self.amount)


def for_workspace(workspace: Workspace) -> list[Offer]:
    """Return the offers of the workspace's tier in order."""
    return for_tier(PricingTier.for_workspace(workspace))


def for_tier(tier: PricingTier) -> list[Offer]:
    """Return the offers of a tier in order; a tier without any sells every active pack at its list price."""
    own = list(
        PackOffer.objects.filter(tier=tier, pack__is_active=True)
        .select_related("pack")
        .order_by("pack__position", "pack__credits")
    )
    if own:
        return [Offer(offer.pack, offer.amount) for offer in own]
    return at_list_price()


def at_list_price() -> list[Offer]:
    """Return every pack on sale at its list price."""
    return [Offer(pack, pack.amount) for pack in CreditPack.objects.filter(is_active=True)]
