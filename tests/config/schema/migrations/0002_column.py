"""A change that waits for whoever uses the table, and that all others wait behind."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("sessions", "0001_initial")]
    operations = [
        migrations.RunSQL("ALTER TABLE django_session ADD newer smallint NOT NULL DEFAULT 0"),
    ]
