"""What a workspace may buy, at its own prices."""

from dataclasses import dataclass

from accounts.models import Workspace
from billing.models import CreditPack, PackOffer, PricingTier


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
