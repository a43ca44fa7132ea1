from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("api", "0006_key_of_a_mode"),
    ]

    operations = [
        migrations.AddField(
            model_name="rate",
            name="reads",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="rate",
            name="subject",
            field=models.UUIDField(
                help_text="Id of a token, a user or a workspace.", primary_key=True, serialize=False
            ),
        ),
        # The column keeps its name for the code before this one.
        migrations.AlterField(
            model_name="rate",
            name="used",
            field=models.PositiveBigIntegerField(db_column="used", db_default=0, default=0),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RenameField("rate", "used", "writes")],
        ),
    ]
