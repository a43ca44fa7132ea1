from django.db import migrations, models


def name_webhook(apps, schema_editor):
    """fal's row is told where its webhook's address stands, as a new installation has it."""
    fal = apps.get_model("generation", "Provider").objects.filter(slug="fal", adapter="fal", webhook_setting="")
    fal.update(webhook_setting="FAL_WEBHOOK_URL")


class Migration(migrations.Migration):
    dependencies = [("generation", "0014_moderation")]
    operations = [
        migrations.AddField(
            model_name="attempt",
            name="is_open",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The provider keeps the request and its result: whoever has the image next asks for it by its id.",
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="upstream_request",
            field=models.CharField(
                blank=True,
                help_text="The provider's id of the call; several attempts may have waited for one.",
                max_length=120,
            ),
        ),
        migrations.AddField(
            model_name="provider",
            name="webhook_setting",
            field=models.CharField(
                blank=True,
                help_text="Names where it may tell us that a picture is done, if it can.",
                max_length=40,
            ),
        ),
        migrations.AddField(
            model_name="imagemodel",
            name="parameters",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text='Changes to what is sent: {"moderation": null} leaves it out, {"steps": 8} sends it too.',
            ),
        ),
        migrations.RunPython(name_webhook, migrations.RunPython.noop),
    ]
