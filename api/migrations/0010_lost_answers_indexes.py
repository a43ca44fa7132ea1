from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("api", "0009_lost_answers")]
    operations = [
        AddIndexConcurrently(
            model_name='call',
            index=models.Index(condition=models.Q(('lost_at__isnull', False)), fields=['token', 'fingerprint'], name='call_lost'),
        ),
        AddIndexConcurrently(
            model_name='call',
            index=models.Index(condition=models.Q(('answered_at', None), ('lost_at', None)), fields=['token', 'fingerprint'], name='call_open'),
        ),
    ]
