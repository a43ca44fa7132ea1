"""Jobs are announced after the commit, by `sql/job_announcement.sql`; procrastinate's own trigger does so within it.

Code before this one runs on: its workers find new jobs within a second, by polling.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0035_limits_of_gpt_image"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1",
            "ALTER TABLE procrastinate_jobs ENABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1",
        )
    ]
