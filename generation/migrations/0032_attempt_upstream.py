from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("generation", "0031_words")]
    operations = [
        AddIndexConcurrently(
            model_name="attempt",
            index=models.Index(
                condition=~models.Q(upstream_request=""), fields=["upstream_request"], name="attempt_upstream"
            ),
        )
    ]
