"""An empty thumbnail no longer says that a deleted image's files are gone. Those of long ago are looked for once more."""

from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex, DropIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [('generation', '0042_small_versions')]

    operations = [
        CreateIndex(
            "image_with_files_to_remove",
            "ON generation_image (deleted_at) WHERE deleted_at IS NOT NULL AND removed_at IS NULL",
            migrations.AddIndex(model_name='image', index=models.Index(condition=models.Q(('deleted_at__isnull', False), ('removed_at', None)), fields=['deleted_at'], name='image_with_files_to_remove')),
        ),
        DropIndexes(
            "image_unremoved",
            states=(migrations.RemoveIndex(model_name='image', name='image_unremoved'),),
        ),
    ]
