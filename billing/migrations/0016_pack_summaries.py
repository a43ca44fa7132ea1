from django.db import migrations

SUMMARIES = {
    "By invoice, more at once": "20,000, or 4,000 in extra high",
    "4,000, or 800 in xhigh": "4,000, or 800 in extra high",
}


def reword(apps, schema_editor):
    """Reword what this product seeded; what operators wrote stays."""
    packs = apps.get_model("billing", "CreditPack")
    for before, after in SUMMARIES.items():
        packs.objects.filter(summary=before).update(summary=after)


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0015_separate_limits"),
    ]

    operations = [
        migrations.RunPython(reword, migrations.RunPython.noop),
    ]
