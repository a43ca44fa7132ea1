from django.db import migrations


class Migration(migrations.Migration):
    """Does nothing any more: `migrate` installs functions behind all migrations (`config.sql_functions`)."""

    dependencies = [
        ("generation", "0002_engine"),
        ("billing", "0001_initial"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = []
