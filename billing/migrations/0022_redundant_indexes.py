"""Indexes that others make superfluous go while everybody works: beginnings of others, and twins for LIKE."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.database.concurrent_indexes import CreateUniqueIndex, DropConstraint, DropIndexes


# squawk: ignore ban-drop-constraint because a unique index that promises the same is made before
class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0007_redundant_indexes'),
        ('billing', '0021_lots_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropIndexes(
            "billing_autotopup_pack_id_6d01ff7e_like",
            "billing_checkoutpause_workspace_id_a9edec6f",
            "billing_creditpack_slug_51303e09_like",
            "billing_creditrequest_request_key_3d6d8a58_like",
            "billing_customer_stripe_id_fe5d197d_like",
            "billing_dailyuse_workspace_id_af79e822",
            "billing_decline_id_fe3a7c8f_like",
            "billing_decline_workspace_id_fa9471bc",
            "billing_dispute_payment_intent_bf998632_like",
            "billing_dispute_stripe_id_fc412c38_like",
            "billing_fraudwarning_payment_intent_3ebc4346_like",
            "billing_fraudwarning_stripe_id_271f24a7_like",
            "billing_packoffer_pack_id_b0706f1f_like",
            "billing_packoffer_tier_id_d7ebfd60",
            "billing_packoffer_tier_id_d7ebfd60_like",
            "billing_paymentpage_session_98ef2a68_like",
            "billing_paymentpage_user_id_1276086f",
            "billing_paymentpage_workspace_id_1f8c2eb6",
            "billing_pricingtier_slug_9e0e23cf_like",
            "billing_purchase_checkout_session_5ab27f21_like",
            "billing_purchase_payment_intent_8daf1664_like",
            "billing_purchase_workspace_id_1c06d088",
            "billing_refund_payment_intent_99f8d71d_like",
            "billing_refund_request_key_e35ace55_like",
            "billing_refund_stripe_id_a08635e6_like",
            "billing_refundrequest_request_key_7d186a39_like",
            "billing_stripetrouble_kind_0cc54292_like",
            "billing_tierassignment_tier_id_9fcf8ecb_like",
            "billing_transfer_workspace_id_f4e476d7",
            "billing_welcomegift_mailbox_b60a8331_like",
            states=(
                migrations.AlterField(model_name='dailyuse', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
                migrations.AlterField(model_name='checkoutpause', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='checkout_pauses', to='accounts.workspace')),
                migrations.AlterField(model_name='decline', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='declines', to='accounts.workspace')),
                migrations.AlterField(model_name='packoffer', name='tier', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='offers', to='billing.pricingtier')),
                migrations.AlterField(model_name='paymentpage', name='user', field=models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                migrations.AlterField(model_name='paymentpage', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='payment_pages', to='accounts.workspace')),
                migrations.AlterField(model_name='purchase', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='purchases', to='accounts.workspace')),
                migrations.AlterField(model_name='transfer', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='transfers', to='accounts.workspace')),
            ),
        ),
        # One unique index instead of two: this class finds equals and beginnings.
        CreateUniqueIndex(
            "hold_once",
            "ON billing_hold (reference varchar_pattern_ops)",
            migrations.AlterField(model_name='hold', name='reference', field=models.CharField(help_text='What it pays for, for example generation:<uuid>; once.', max_length=80)),
            migrations.AddConstraint(model_name='hold', constraint=models.UniqueConstraint(fields=('reference',), name='hold_once', opclasses=('varchar_pattern_ops',))),
        ),
        DropConstraint("billing_hold", "billing_hold_reference_key"),
        DropIndexes("billing_hold_reference_efde3da1_like"),
        # One unique index instead of two: this class finds equals and beginnings.
        CreateUniqueIndex(
            "transfer_once",
            "ON billing_transfer (key varchar_pattern_ops)",
            migrations.AlterField(model_name='transfer', name='key', field=models.CharField(help_text='Natural key of the effect: it happens once.', max_length=160)),
            migrations.AddConstraint(model_name='transfer', constraint=models.UniqueConstraint(fields=('key',), name='transfer_once', opclasses=('varchar_pattern_ops',))),
        ),
        DropConstraint("billing_transfer", "billing_transfer_key_key"),
        DropIndexes("billing_transfer_key_53e80a31_like"),
    ]
