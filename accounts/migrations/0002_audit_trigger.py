from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="verified_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, help_text="When a mailbox was first shown to be theirs."
            ),
        ),
    ]
