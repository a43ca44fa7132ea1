from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex, DropIndexes

PARKED = models.Q(parked_at__isnull=False)


class Migration(migrations.Migration):
    """Find what runs by its claim, so that a renewed lease changes no index, and what is parked by its provider."""

    atomic = False
    dependencies = [("generation", "0038_image_provider")]
    operations = [
        CreateIndex(
            "image_running",
            "ON generation_image (claim) WHERE status = 'running'",
            migrations.AddIndex(
                "image",
                models.Index(condition=models.Q(status="running"), fields=["claim"], name="image_running"),
            ),
        ),
        CreateIndex(
            "image_parked_at_provider",
            "ON generation_image (provider_id, lane, id) WHERE parked_at IS NOT NULL",
            migrations.AddIndex(
                "image",
                models.Index(
                    condition=PARKED, fields=["provider", "lane", "id"], name="image_parked_at_provider"
                ),
            ),
        ),
        CreateIndex(
            "image_parked_for_model",
            "ON generation_image (provider_id, model_id, lane, id) WHERE parked_at IS NOT NULL",
            migrations.AddIndex(
                "image",
                models.Index(
                    condition=PARKED,
                    fields=["provider", "model", "lane", "id"],
                    name="image_parked_for_model",
                ),
            ),
        ),
        DropIndexes(
            "image_leased",
            "image_parked",
            states=(
                migrations.RemoveIndex("image", "image_leased"),
                migrations.RemoveIndex("image", "image_parked"),
            ),
        ),
    ]
