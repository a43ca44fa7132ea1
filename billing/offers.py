"""What a workspace may buy, at its own prices."""

import re
from dataclasses import dataclass

from accounts.models import Workspace
from billing.models import CreditPack, PackOffer, PricingTier

WRITTEN = re.compile(r"(?P<pack>[\w-]+):(?P<credits>\d{1,9}):(?P<amount>\d{1,9})", re.ASCII)
"""How terms stand in a form."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A pack as it is shown to somebody who agrees to it: which, how many credits, for how many cents."""

    pack: str
    credits: int
    amount: int

    @classmethod
    def read(cls, text: str) -> "Terms | None":
        """From a form; None where it makes no sense."""
        found = WRITTEN.fullmatch(text)
        return cls(found["pack"], int(found["credits"]), int(found["amount"])) if found else None

    def covers(self, other: "Terms") -> bool:
        """Whether who agreed to this agreed to that as well: the same pack, no dearer, no smaller."""
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
        """The pack's."""
        return self.pack.slug

    @property
    def credits(self) -> int:
        """Of one pack."""
        return self.pack.credits

    @property
    def terms(self) -> Terms:
        """What one agrees to by taking it."""
        return Terms(self.slug, self.credits, self.amount)


def of(workspace: Workspace) -> list[Offer]:
    """The offers of the workspace's tier in order; a tier without offers sells every active pack at list price."""
    return for_tier(PricingTier.of(workspace))


def for_tier(tier: PricingTier) -> list[Offer]:
    """The offers of a tier."""
    own = list(
        PackOffer.objects.filter(tier=tier, pack__is_active=True)
        .select_related("pack")
        .order_by("pack__position", "pack__credits")
    )
    if own:
        return [Offer(offer.pack, offer.amount) for offer in own]
    return public()


def public() -> list[Offer]:
    """Every pack on sale at its list price."""
    return [Offer(pack, pack.amount) for pack in CreditPack.objects.filter(is_active=True)]
