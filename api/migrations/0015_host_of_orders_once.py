from django.db import migrations, models

from core.database.concurrent_indexes import CreateUniqueIndex


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("api", "0014_addresses_of_orders")]
    operations = [
        CreateUniqueIndex(
            "endpoint_of_orders_once",
            "ON api_webhookendpoint (workspace_id, is_test, url) WHERE (deleted_at IS NULL AND for_orders)",
            migrations.AddConstraint(
                model_name='webhookendpoint',
                constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None), ('for_orders', True)), fields=('workspace', 'is_test', 'url'), name='endpoint_of_orders_once'),
            ),
        ),
    ]
