from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex, DropIndexes


class Migration(migrations.Migration):
    """Read the rows that were there, and make the index of lots anew, beside whoever works."""

    atomic = False
    dependencies = [("billing", "0030_caps_and_clients")]
    operations = [
        ValidateConstraint("transfer", "transfer_kind_known"),
        ValidateConstraint("transfer", "transfer_source_known"),
        ValidateConstraint("transfer", "transfer_target_known"),
        CreateIndex(
            "transfer_of_lots",
            "ON billing_transfer (workspace_id, id) "
            "WHERE kind IN ('grant', 'purchase', 'adjust', 'reverse', 'restore', 'fund')",
            migrations.AddIndex("transfer", models.Index(condition=models.Q(('kind__in', ('grant', 'purchase', 'adjust', 'reverse', 'restore', 'fund'))), fields=['workspace', 'id'], name='transfer_of_lots')),
        ),
        DropIndexes("transfer_lots", states=(migrations.RemoveIndex("transfer", "transfer_lots"),)),
    ]
