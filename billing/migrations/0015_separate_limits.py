"""Limits of reads and writes, of tokens and of workspaces, instead of one of requests; and one of test images."""

from django.db import migrations, models

# A tier that stands as it was seeded gets what a new installation has. In any other the number that its operators chose
# becomes that of writes, with five times as many reads; a workspace has ten times what a token has.
SPLIT = """
    UPDATE billing_pricingtier SET
        writes_per_minute = least(writes, 2147483647),
        reads_per_minute = least(5 * writes, 2147483647),
        workspace_writes_per_minute = least(10 * writes, 2147483647),
        workspace_reads_per_minute = least(50 * writes, 2147483647),
        test_images_per_day = CASE slug WHEN 'partner' THEN 2000 WHEN 'enterprise' THEN 10000 ELSE 500 END
    FROM (
        SELECT slug AS tier, CASE WHEN slug = 'standard' AND requests_per_minute = 60 THEN 120
            ELSE requests_per_minute END::bigint AS writes
        FROM billing_pricingtier
    ) AS before
    WHERE before.tier = slug
"""


class Migration(migrations.Migration):

    dependencies = [
        ("billing", "0014_unkind_stripe"),
    ]

    operations = [
        migrations.AddField(
            model_name="pricingtier",
            name="reads_per_minute",
            field=models.PositiveIntegerField(
                db_default=600,
                default=600,
                help_text="GET, HEAD and OPTIONS of each token, or of each member's browser.",
            ),
        ),
        migrations.AddField(
            model_name="pricingtier",
            name="writes_per_minute",
            field=models.PositiveIntegerField(
                db_default=120,
                default=120,
                help_text="All other requests of each token, or of each member's browser.",
            ),
        ),
        migrations.AddField(
            model_name="pricingtier",
            name="workspace_reads_per_minute",
            field=models.PositiveIntegerField(
                db_default=6000,
                default=6000,
                help_text="Of all tokens and browsers of a workspace together.",
            ),
        ),
        migrations.AddField(
            model_name="pricingtier",
            name="workspace_writes_per_minute",
            field=models.PositiveIntegerField(
                db_default=1200,
                default=1200,
                help_text="Of all tokens and browsers of a workspace together.",
            ),
        ),
        migrations.AddField(
            model_name="pricingtier",
            name="test_images_per_day",
            field=models.PositiveIntegerField(
                db_default=500,
                default=500,
                help_text="Images that a workspace's test tokens can order each day (UTC), at no cost.",
            ),
        ),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
        # The code before this one reads the column while it still runs beside this schema: it is dropped later.
        migrations.AlterField(
            model_name="pricingtier",
            name="requests_per_minute",
            field=models.PositiveIntegerField(db_default=60, default=60),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="pricingtier", name="requests_per_minute")]
        ),
    ]
