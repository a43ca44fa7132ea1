"""Indexes for the filters of what was ordered. That of a model's generations replaces that of the foreign key alone."""

import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex, DropIndexes
from generation.models.generation import SCOPED_METADATA


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('generation', '0044_labels_and_seeds')]

    operations = [
        CreateIndex(
            "generation_of_model",
            "ON generation_generation (model_id, workspace_id, id DESC)",
            migrations.AddIndex('generation', models.Index(fields=['model', 'workspace', '-id'], name='generation_of_model')),
        ),
        CreateIndex(
            "generation_of_rare_status",
            "ON generation_generation (workspace_id, status, id DESC) WHERE status IN ('partial', 'failed', 'canceled')",
            migrations.AddIndex('generation', models.Index(condition=models.Q(('status__in', ('partial', 'failed', 'canceled'))), fields=['workspace', 'status', '-id'], name='generation_of_rare_status')),
        ),
        CreateIndex(
            "generation_of_external_id",
            "ON generation_generation (workspace_id, external_id, id DESC) WHERE NOT (external_id = '')",
            migrations.AddIndex('generation', models.Index(condition=models.Q(('external_id', ''), _negated=True), fields=['workspace', 'external_id', '-id'], name='generation_of_external_id')),
        ),
        CreateIndex(
            "generation_of_metadata",
            """ON generation_generation USING gin (
                ((metadata || ('{"": "' || workspace_id::text || '"}')::jsonb)) jsonb_path_ops
            ) WHERE NOT (metadata = '{}'::jsonb)""",
            migrations.AddIndex('generation', GinIndex(OpClass(SCOPED_METADATA, 'jsonb_path_ops'), condition=models.Q(('metadata', {}), _negated=True), name='generation_of_metadata')),
        ),
        CreateIndex(
            "image_failed_of_workspace",
            "ON generation_image (workspace_id, id DESC) WHERE deleted_at IS NULL AND status = 'failed'",
            migrations.AddIndex('image', models.Index(condition=models.Q(('deleted_at', None), ('status', 'failed')), fields=['workspace', '-id'], name='image_failed_of_workspace')),
        ),
        DropIndexes(
            "generation_generation_model_id_01e6fb5a",
            states=(
                migrations.AlterField('generation', 'model', models.ForeignKey(db_index=False, help_text='As run.', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='generation.imagemodel')),
            ),
        ),
    ]
