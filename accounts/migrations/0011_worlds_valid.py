from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex


class Migration(migrations.Migration):
    """Read the rows that were there, and make the index of clients, beside whoever works."""

    atomic = False
    dependencies = [("accounts", "0010_worlds")]
    operations = [
        ValidateConstraint("workspace", "workspace_mode_known"),
        ValidateConstraint("workspace", "workspace_test_world"),
        CreateIndex(
            "workspace_clients",
            "ON accounts_workspace (parent_id, id DESC) WHERE parent_id IS NOT NULL",
            migrations.AddIndex(
                "workspace",
                models.Index(
                    fields=("parent", "-id"), condition=models.Q(parent__isnull=False), name="workspace_clients"
                ),
            ),
        ),
    ]
