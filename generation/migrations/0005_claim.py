from django.db import migrations


class Migration(migrations.Migration):
    """Does nothing any more: `migrate` installs functions behind all migrations (`config.sql_functions`)."""

    dependencies = [("generation", "0004_partials")]
    operations = []
