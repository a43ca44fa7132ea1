from django.db import migrations

from generation import sql


def install(apps, schema_editor):
    """The functions as the files have them now; a later change of a file is a new migration."""
    for name in ("publish", "job", "dispatch", "submit"):
        schema_editor.execute(sql.read(name), params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0002_engine"),
        ("billing", "0001_initial"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
