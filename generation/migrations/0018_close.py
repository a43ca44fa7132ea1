from django.db import migrations


class Migration(migrations.Migration):
    """Remove an earlier signature; `migrate` installs functions behind all migrations (`config.sql_functions`)."""

    dependencies = [("generation", "0017_first_failures")]
    operations = [
        migrations.RunSQL("DROP FUNCTION IF EXISTS generation_close(uuid)", migrations.RunSQL.noop)
    ]
