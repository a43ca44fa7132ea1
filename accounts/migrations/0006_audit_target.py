from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0005_words")]
    operations = [
        AddIndexConcurrently(
            model_name="auditevent",
            index=models.Index(condition=~models.Q(target=""), fields=["target"], name="audit_target"),
        )
    ]
