from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Read the rows that were there, beside whoever works: reading and writing go on meanwhile."""

    atomic = False
    dependencies = [("billing", "0027_constraints")]
    operations = [
        ValidateConstraint("creditrequest", "credit_request_status_known"),
        ValidateConstraint("purchase", "purchase_status_known"),
        ValidateConstraint("refund", "refund_status_known"),
        ValidateConstraint("refundrequest", "refund_request_status_known"),
        ValidateConstraint("transfer", "transfer_kind_known"),
        ValidateConstraint("transfer", "transfer_source_known"),
        ValidateConstraint("transfer", "transfer_target_known"),
    ]
