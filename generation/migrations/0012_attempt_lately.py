from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("generation", "0011_provider_health")]
    operations = [
        AddIndexConcurrently(
            model_name="attempt",
            index=models.Index(fields=["provider", "started_at"], name="attempt_lately"),
        )
    ]
