from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("generation", "0026_daily_test_images")]

    operations = [
        migrations.AddField(
            model_name="batchrow",
            name="faults",
            field=models.JSONField(
                blank=True,
                db_default=[],
                default=list,
                help_text="Each with its param, message, nearest and slot.",
            ),
        ),
        migrations.AlterField(
            model_name="batchrow",
            name="error",
            field=models.TextField(blank=True, help_text="Everything that is wrong with it, in sentences."),
        ),
        migrations.AlterField(
            model_name="batchrow",
            name="param",
            field=models.CharField(
                blank=True, help_text="What the first of them is about.", max_length=30
            ),
        ),
    ]
