from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Read the rows that were there, beside whoever works: reading and writing go on meanwhile."""

    atomic = False
    dependencies = [("accounts", "0010_worlds")]
    operations = [
        ValidateConstraint("workspace", "workspace_mode_known"),
        ValidateConstraint("workspace", "workspace_test_world"),
    ]
