"""Indexes that others make superfluous go while everybody works: beginnings of others, and twins for LIKE."""

import django.db.models.deletion
from django.db import migrations, models

from core.database.concurrent_indexes import DropIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0006_audit_target'),
    ]

    operations = [
        DropIndexes(
            "accounts_addresschange_old_email_ed66e1e3_like",
            "accounts_auditevent_workspace_id_e9c8abe0",
            "accounts_membership_workspace_id_3a7fb173",
            "accounts_user_email_b2644a56_like",
            "accounts_workspace_slug_bdf7b4c7_like",
            states=(
                migrations.AlterField(model_name='auditevent', name='workspace', field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='audit_events', to='accounts.workspace')),
                migrations.AlterField(model_name='membership', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to='accounts.workspace')),
            ),
        ),
    ]
