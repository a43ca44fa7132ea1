from pathlib import Path

from django.db import migrations, models

SQL = (Path(__file__).parent.parent / "sql" / "audit_append_only.sql").read_text()


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
        migrations.RunSQL(SQL, reverse_sql="DROP FUNCTION audit_append_only() CASCADE"),
    ]
