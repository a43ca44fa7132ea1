from django.db import migrations

from billing.plans import seeds


def seed(apps, schema_editor):
    """A workspace always has a tier, and there is always something to buy."""
    seeds.seed(apps.get_model("billing", "CreditPack"), apps.get_model("billing", "PricingTier"))


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0003_customer_dispute_receipt"),
    ]

    operations = [
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
