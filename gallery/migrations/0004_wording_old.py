from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("gallery", "0003_wording_words")]

    operations = [
        AddIndexConcurrently(
            model_name="wording",
            index=models.Index(
                condition=models.Q(("words", None)), fields=["generation"], name="wording_old"
            ),
        ),
    ]
