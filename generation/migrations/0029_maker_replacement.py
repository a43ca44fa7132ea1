from django.db import migrations

ENDING = ("gpt-image-1.5", "gpt-image-1-mini", "chatgpt-image-latest")
OURS, THEIRS = "gpt-image-2.5-flare", "gpt-image-2.6-flare"


def name(apps, _):
    """Name what OpenAI recommends where the models that end on 1 December 2026 still have our replacement."""
    models = apps.get_model("generation", "ImageModel").objects
    if models.filter(slug=THEIRS).exists():
        ours = models.filter(slug__in=ENDING, replacement=OURS, maker_replacement=None)
        ours.update(maker_replacement=THEIRS)


class Migration(migrations.Migration):
    dependencies = [("generation", "0028_upstream_words")]
    operations = [migrations.RunPython(name, migrations.RunPython.noop)]
