from django.db import migrations, models


# squawk: ignore changing-column-type because a table of tokens is small, and rewritten in a moment
class Migration(migrations.Migration):
    """Let a token commit more than 2,147,483,647 credits over its life. The table is small: a rewrite takes no time."""

    dependencies = [("accounts", "0007_redundant_indexes")]
    operations = [
        migrations.AlterField(
            model_name="apitoken", name="credit_cap", field=models.PositiveBigIntegerField(blank=True, null=True)
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="credits_committed",
            field=models.PositiveBigIntegerField(default=0, editable=False),
        ),
    ]
