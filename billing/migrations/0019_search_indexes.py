from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("billing", "0018_debt_write_off")]
    operations = [
        AddIndexConcurrently(
            model_name="transfer",
            index=models.Index(
                condition=models.Q(kind__in=("grant", "adjust", "write_off")),
                fields=["actor", "created_at"],
                name="transfer_by_operator",
            ),
        ),
        RemoveIndexConcurrently(model_name="transfer", name="transfer_given"),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(condition=models.Q(charge__isnull=False), fields=["charge"], name="purchase_charge"),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                condition=~models.Q(invoice_number=""), fields=["invoice_number"], name="purchase_invoice"
            ),
        ),
    ]
