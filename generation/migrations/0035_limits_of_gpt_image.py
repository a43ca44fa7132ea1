"""OpenAI counts all its GPT Image models toward one limit; rows that operators have set stay theirs."""

from django.db import migrations

LEAD = "gpt-image-2.5-flare"


def share(apps, schema_editor):
    models = apps.get_model("generation", "ImageModel").objects
    if models.filter(slug=LEAD, provider="openai", shares_limits_of=None).exists():
        family = models.filter(provider="openai", upstream_id__startswith="gpt-image-", retired_at=None)
        family.filter(shares_limits_of=None).exclude(slug=LEAD).update(shares_limits_of=LEAD)


class Migration(migrations.Migration):
    dependencies = [("generation", "0034_shared_limits")]
    operations = [migrations.RunPython(share, migrations.RunPython.noop, elidable=True)]
