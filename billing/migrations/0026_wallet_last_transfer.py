import django.core.validators
from django.db import migrations, models

ADOPT = """
    DO $$ DECLARE function regprocedure; BEGIN
        FOR function IN
            SELECT oid FROM pg_proc
            WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'ledger\\_%'
                AND obj_description(oid, 'pg_proc') IS NULL
        LOOP
            EXECUTE format('COMMENT ON FUNCTION %s IS %L', function, 'createio: {"source": ""}');
        END LOOP;
    END $$
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0025_stripe_keys_index")]
    operations = [
        # Empty until the wallet is next written: `ledger_next` looks for the last transfer then.
        migrations.AddField(
            model_name="wallet",
            name="last_transfer",
            field=models.UUIDField(
                editable=False,
                help_text="Id of its last transfer; the next one's is greater, whatever the clock says.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="pricingtier",
            name="images_in_flight",
            field=models.PositiveIntegerField(
                default=16, validators=[django.core.validators.MaxValueValidator(10000)]
            ),
        ),
        migrations.AddField(
            model_name="reconciliation",
            name="number",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="How many there are in all."
            ),
        ),
        migrations.AlterField(
            model_name="reconciliation",
            name="differences",
            field=models.JSONField(default=list, help_text="The first 1,000 in words."),
        ),
        # Those from before had no end, so all are in the list.
        migrations.RunSQL(
            "UPDATE billing_reconciliation SET number = jsonb_array_length(differences)", migrations.RunSQL.noop
        ),
        # `ledger_write`, which migrations of the first releases installed, is ours: dropped by the release after this one.
        migrations.RunSQL(ADOPT, migrations.RunSQL.noop),
        # A wallet's row is written with each movement: it is vacuumed by number, not by share of a table that grows.
        migrations.RunSQL(
            "ALTER TABLE billing_wallet SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0,"
            " autovacuum_vacuum_threshold = 1000)",
            "ALTER TABLE billing_wallet RESET (fillfactor, autovacuum_vacuum_scale_factor,"
            " autovacuum_vacuum_threshold)",
        ),
    ]
