from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0020_closed_days")]
    operations = [
        AddIndexConcurrently(
            model_name='transfer',
            index=models.Index(condition=models.Q(('kind__in', ('grant', 'purchase', 'adjust', 'reverse', 'restore'))), fields=['workspace', 'id'], name='transfer_lots'),
        ),
    ]
