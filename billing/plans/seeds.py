"""Packs and tiers that a new installation starts with; operators own the rows afterwards."""

from billing.models import CreditPack, PricingTier

PACKS = (
    ("starter", "Starter", "400 everyday images", 400, 1_000),
    ("growth", "Growth", "1,200, or 400 in high", 1_200, 3_000),
    ("professional", "Professional", "4,000, or 800 in extra high", 4_000, 10_000),
    ("enterprise", "Enterprise", "20,000, or 4,000 in extra high", 20_000, 50_000),
)
"""Slug, name, summary, credits, cents."""

TIERS = (
    ("standard", "Standard", 600, 120, 16, 4, 500),
    ("partner", "Partner", 3_000, 600, 64, 10, 2_000),
    ("enterprise", "Enterprise", 15_000, 3_000, 256, 10, 10_000),
)
"""Slug, name, reads and writes a minute, images in flight, images per request, test images a day. The first is the default."""

WORKSPACE_FACTOR = 10
"""How many times a token's limits a workspace has for all of its tokens together."""


def seed() -> None:
    """Add what is missing; existing rows stay as they are."""
    seed_packs()
    for slug, name, reads, writes, in_flight, per_request, tests in TIERS:
        PricingTier.objects.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "is_default": slug == "standard" and not PricingTier.objects.filter(is_default=True).exists(),
                **rate_limits(reads, writes),
                "images_in_flight": in_flight,
                "images_per_request": per_request,
                "test_images_per_day": tests,
            },
        )


def seed_packs(packs: type[CreditPack] = CreditPack) -> None:
    """Add the packs that are missing. A migration passes the model of its time."""
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


def rate_limits(reads: int, writes: int) -> dict[str, int]:
    """Return a tier's columns for so many reads and writes of a token in a minute."""
    return {
        "reads_per_minute": reads,
        "writes_per_minute": writes,
        "workspace_reads_per_minute": WORKSPACE_FACTOR * reads,
        "workspace_writes_per_minute": WORKSPACE_FACTOR * writes,
    }
