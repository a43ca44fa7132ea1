"""An index that is made while others work."""

from django.db import migrations

from core.database.concurrent_indexes import CreateIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sessions", "0002_column")]
    operations = [
        CreateIndex("session_newer", "ON django_session (newer)"),
    ]
