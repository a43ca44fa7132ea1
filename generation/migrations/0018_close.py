from django.db import migrations

from generation import sql


def install(apps, schema_editor):
    """The functions as the file has them now; a later change of the file is a new migration."""
    schema_editor.execute("DROP FUNCTION IF EXISTS generation_close(uuid)")
    schema_editor.execute(sql.read("close"), params=None)


class Migration(migrations.Migration):
    dependencies = [("generation", "0017_first_failures")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
