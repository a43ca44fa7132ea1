from django.db import migrations

from billing.plans import seeds

# Slug, name, requests per minute, images in flight, images per request: the columns of this migration's time. What a new
# installation has of them in the end, later migrations say.
TIERS = (
    ("standard", "Standard", 60, 16, 4),
    ("partner", "Partner", 600, 64, 10),
    ("enterprise", "Enterprise", 3_000, 256, 10),
)


def seed(apps, schema_editor):
    """A workspace always has a tier, and there is always something to buy."""
    seeds.seed_packs(apps.get_model("billing", "CreditPack"))
    tiers = apps.get_model("billing", "PricingTier").objects
    for slug, name, requests, in_flight, per_request in TIERS:
        tiers.get_or_create(
            slug=slug,
            defaults={
                "name": name,
                "is_default": slug == "standard" and not tiers.filter(is_default=True).exists(),
                "requests_per_minute": requests,
                "images_in_flight": in_flight,
                "images_per_request": per_request,
            },
        )


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0003_customer_dispute_receipt"),
    ]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
