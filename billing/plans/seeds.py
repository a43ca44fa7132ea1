"""Packs and tiers that a new installation starts with; operators own the rows afterwards."""

from billing.models import CreditPack, PricingTier

PACKS = (
    ("starter", "Starter", "400 everyday images", 400, 1_000),
    ("growth", "Growth", "1,200, or 400 in high", 1_200, 3_000),
    ("professional", "Professional", "4,000, or 800 in xhigh", 4_000, 10_000),
    ("enterprise", "Enterprise", "By invoice, more at once", 20_000, 50_000),
)
"""Slug, name, summary, credits, cents."""

TIERS = (
    ("standard", "Standard", 60, 16, 4),
    ("partner", "Partner", 600, 64, 10),
    ("enterprise", "Enterprise", 3_000, 256, 10),
)
"""Slug, name, requests per minute, images in flight, images per request. The first is the default."""


def seed(packs: type[CreditPack] = CreditPack, tiers: type[PricingTier] = PricingTier) -> None:
    """Add what is missing; existing rows stay as they are. A migration passes the models of its time."""
    for position, (slug, name, summary, credits, amount) in enumerate(PACKS):
        packs.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "summary": summary,
                "credits": credits,
                "amount": amount,
                "position": position,
            },
        )
    for slug, name, requests, in_flight, per_request in TIERS:
        tiers.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "is_default": slug == "standard" and not tiers.objects.filter(is_default=True).exists(),
                "requests_per_minute": requests,
                "images_in_flight": in_flight,
                "images_per_request": per_request,
            },
        )
