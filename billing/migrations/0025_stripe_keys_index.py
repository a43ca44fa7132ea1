from django.db import migrations

from core.database.concurrent_indexes import DropIndexes


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0024_real_stripe")]
    # Names of keys are only compared as a whole.
    operations = [DropIndexes("billing_stripekey_name_6fb31d13_like")]
