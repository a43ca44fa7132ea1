import django.db.models.deletion
from django.db import migrations, models

# What changes with every image is vacuumed by number rather than by share of a table that grows: dead entries of the
# small partial indexes, and of the queue, cost each fetch and each claim. `fillfactor` leaves room on an image's page
# for the rows that renewals of its lease write.
TABLES = {
    "generation_image": {
        "fillfactor": 85,
        "autovacuum_vacuum_scale_factor": 0.01,
        "autovacuum_vacuum_threshold": 2000,
        "autovacuum_analyze_scale_factor": 0.02,
    },
    "generation_attempt": {"autovacuum_vacuum_scale_factor": 0.01, "autovacuum_vacuum_threshold": 2000},
    "procrastinate_jobs": {
        "fillfactor": 80,
        "autovacuum_vacuum_scale_factor": 0,
        "autovacuum_vacuum_threshold": 1000,
        "autovacuum_analyze_scale_factor": 0,
        "autovacuum_analyze_threshold": 2000,
    },
    "procrastinate_events": {"autovacuum_vacuum_scale_factor": 0, "autovacuum_vacuum_threshold": 5000},
}


def settings(table, changes):
    """Set the storage parameters of a table, which locks nobody out."""
    told = ", ".join(f"{name} = {value}" for name, value in changes.items())
    return migrations.RunSQL(
        f"ALTER TABLE {table} SET ({told})", f"ALTER TABLE {table} RESET ({', '.join(changes)})"
    )


class Migration(migrations.Migration):
    dependencies = [("generation", "0037_redundant_indexes"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [
        migrations.AddField(
            model_name="image",
            name="provider",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="Whose place it waits for, or last waited for.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="generation.provider",
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="model",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                help_text="Which of that provider's models, whose pace it waits for.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="generation.imagemodel",
            ),
        ),
        *(settings(table, changes) for table, changes in TABLES.items()),
    ]
