"""Indexes that others make superfluous go while everybody works: beginnings of others, and twins for LIKE."""

import django.db.models.deletion
from django.db import migrations, models

from core.database.concurrent_indexes import DropIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0007_redundant_indexes'),
        ('api', '0007_reads_and_writes'),
    ]

    operations = [
        DropIndexes(
            "api_idempotencykey_workspace_id_7c3a214b",
            states=(
                migrations.AlterField(model_name='idempotencykey', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ),
        ),
    ]
