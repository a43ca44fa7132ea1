from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):
    """Add constraints that hold for what is written from now on: no row is read, so the locks are short."""

    dependencies = [("generation", "0039_image_indexes")]
    operations = [
        AddConstraintNotValid("appeal", models.CheckConstraint(condition=models.Q(('status__in', ['open', 'overturned', 'upheld'])), name='appeal_status_known')),
        AddConstraintNotValid("appealdecision", models.CheckConstraint(condition=models.Q(('verdict__in', ['open', 'overturned', 'upheld'])), name='appeal_decision_verdict_known')),
        AddConstraintNotValid("archive", models.CheckConstraint(condition=models.Q(('status__in', ['building', 'failed', 'gone', 'queued', 'ready'])), name='archive_status_known')),
        AddConstraintNotValid("attempt", models.CheckConstraint(condition=models.Q(('outcome__in', ['failed', 'refused', 'sent', 'succeeded', 'unknown'])), name='attempt_outcome_known')),
        AddConstraintNotValid("batch", models.CheckConstraint(condition=models.Q(('status__in', ['canceled', 'draft', 'failed', 'partial', 'paused', 'running', 'succeeded'])), name='batch_status_known')),
        AddConstraintNotValid("batch", models.CheckConstraint(condition=models.Q(('charged__lte', models.F('credits'))), name='batch_charged_within_quote')),
        AddConstraintNotValid("circuit", models.CheckConstraint(condition=models.Q(('state__in', ['closed', 'half_open', 'open'])), name='circuit_state_known')),
        AddConstraintNotValid("generation", models.CheckConstraint(condition=models.Q(('status__in', ['canceled', 'failed', 'partial', 'queued', 'running', 'succeeded'])), name='generation_status_known')),
        AddConstraintNotValid("generation", models.CheckConstraint(condition=models.Q(('charged__lte', models.F('credits'))), name='generation_charged_within_quote')),
        AddConstraintNotValid("image", models.CheckConstraint(condition=models.Q(models.Q(('claim__isnull', False), ('lease_until__isnull', False), ('status', 'running')), models.Q(models.Q(('status', 'running'), _negated=True), ('claim', None), ('lease_until', None)), _connector='OR'), name='image_runs_by_a_lease')),
        AddConstraintNotValid("image", models.CheckConstraint(condition=models.Q(('parked_at', None), ('status', 'waiting'), _connector='OR'), name='image_parked_waits')),
        AddConstraintNotValid("image", models.CheckConstraint(condition=models.Q(('status__in', ['failed', 'running', 'stored', 'waiting'])), name='image_status_known')),
        AddConstraintNotValid("image", models.CheckConstraint(condition=models.Q(('reason__in', ['', 'canceled', 'moderation_input', 'moderation_output', 'provider_busy', 'provider_error', 'storage_error', 'timeout', 'wrong_output'])), name='image_reason_known')),
        AddConstraintNotValid("modelhealth", models.CheckConstraint(condition=models.Q(('status__in', ['down', 'healthy', 'struggling', 'unknown'])), name='model_health_status_known')),
        AddConstraintNotValid("precheck", models.CheckConstraint(condition=models.Q(('verdict__in', ['', 'blocked', 'excused', 'passed', 'unanswered'])), name='precheck_verdict_known')),
    ]
