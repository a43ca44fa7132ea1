from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add constraints that hold for what is written from now on: no row is read, so the locks are short."""

    dependencies = [("billing", "0026_wallet_last_transfer")]
    operations = [
        AddConstraintNotValid("creditrequest", models.CheckConstraint(condition=models.Q(('status__in', ['approved', 'declined', 'waiting', 'withdrawn'])), name='credit_request_status_known')),
        AddConstraintNotValid("purchase", models.CheckConstraint(condition=models.Q(('status__in', ['expired', 'failed', 'paid', 'pending', 'processing', 'review'])), name='purchase_status_known')),
        AddConstraintNotValid("refund", models.CheckConstraint(condition=models.Q(('status__in', ['failed', 'pending', 'succeeded'])), name='refund_status_known')),
        AddConstraintNotValid("refundrequest", models.CheckConstraint(condition=models.Q(('status__in', ['approved', 'declined', 'waiting', 'withdrawn'])), name='refund_request_status_known')),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('kind__in', ['adjust', 'capture', 'grant', 'hold', 'purchase', 'release', 'restore', 'reverse', 'settle', 'write_off'])), name='transfer_kind_known')),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('source__in', ['adjusted', 'available', 'debt', 'disputed', 'granted', 'held', 'refunded', 'sold', 'used', 'written_off'])), name='transfer_source_known')),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('target__in', ['adjusted', 'available', 'debt', 'disputed', 'granted', 'held', 'refunded', 'sold', 'used', 'written_off'])), name='transfer_target_known')),
    ]
