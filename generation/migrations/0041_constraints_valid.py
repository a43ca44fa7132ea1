from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """Read the rows that were there, beside whoever works: reading and writing go on meanwhile."""

    atomic = False
    dependencies = [("generation", "0040_constraints")]
    operations = [
        ValidateConstraint("appeal", "appeal_status_known"),
        ValidateConstraint("appealdecision", "appeal_decision_verdict_known"),
        ValidateConstraint("archive", "archive_status_known"),
        ValidateConstraint("attempt", "attempt_outcome_known"),
        ValidateConstraint("batch", "batch_status_known"),
        ValidateConstraint("batch", "batch_charged_within_quote"),
        ValidateConstraint("circuit", "circuit_state_known"),
        ValidateConstraint("generation", "generation_status_known"),
        ValidateConstraint("generation", "generation_charged_within_quote"),
        ValidateConstraint("image", "image_runs_by_a_lease"),
        ValidateConstraint("image", "image_parked_waits"),
        ValidateConstraint("image", "image_status_known"),
        ValidateConstraint("image", "image_reason_known"),
        ValidateConstraint("modelhealth", "model_health_status_known"),
        ValidateConstraint("precheck", "precheck_verdict_known"),
    ]
