from django.db import migrations

from generation import sql


def install(apps, schema_editor):
    """The functions as the files have them now; a later change of a file is a new migration."""
    for name in ("dispatch", "batch", "style"):
        schema_editor.execute(sql.read(name), params=None)


class Migration(migrations.Migration):
    dependencies = [("generation", "0006_style_batch")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
