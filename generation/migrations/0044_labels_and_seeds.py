"""What whoever orders attaches to an order, and the seeds of models that have them: those of fal's that we know do."""

from django.db import migrations, models

MAKERS = ("fal-ai/flux", "fal-ai/qwen-image")


def allow_seeds(apps, schema_editor):
    known = apps.get_model("generation", "ImageModel").objects.filter(provider="fal")
    for maker in MAKERS:
        known.filter(upstream_id__startswith=maker).update(supports_seed=True)


class Migration(migrations.Migration):

    dependencies = [('generation', '0043_files_to_remove')]

    operations = [
        migrations.AddField(
            model_name='batch',
            name='external_id',
            field=models.CharField(blank=True, db_default='', default='', help_text='Whoever ordered it calls it so.', max_length=120),
        ),
        migrations.AddField(
            model_name='batch',
            name='metadata',
            field=models.JSONField(db_default={}, default=dict, help_text='Pairs of text of whoever ordered it; each of its generations has them.'),
        ),
        migrations.AddField(
            model_name='generation',
            name='external_id',
            field=models.CharField(blank=True, db_default='', default='', help_text='Whoever ordered it calls it so.', max_length=120),
        ),
        migrations.AddField(
            model_name='generation',
            name='metadata',
            field=models.JSONField(db_default={}, default=dict, help_text='Pairs of text of whoever ordered it; nothing here reads them.'),
        ),
        migrations.AddField(
            model_name='generation',
            name='seed',
            field=models.BigIntegerField(help_text='Of its first image, if one was asked for; each further image has the next one.', null=True),
        ),
        migrations.AddField(
            model_name='image',
            name='seed',
            field=models.BigIntegerField(help_text="The one that made it, by its provider's word.", null=True),
        ),
        migrations.AddField(
            model_name='imagemodel',
            name='supports_seed',
            field=models.BooleanField(db_default=False, default=False, help_text='The same seed and words make the same image again.'),
        ),
        migrations.RunPython(allow_seeds, migrations.RunPython.noop, elidable=True),
    ]
