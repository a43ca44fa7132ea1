from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


# squawk: ignore adding-foreign-key-constraint because the columns are new and empty, so nothing is read
# squawk: ignore disallowed-unique-constraint because the column is new and empty
class Migration(migrations.Migration):
    """Let a workspace have a test world and clients."""

    dependencies = [("accounts", "0009_webhooks")]
    operations = [
        migrations.AddField(
            "workspace",
            "mode",
            models.CharField(
                choices=[("live", "Live"), ("test", "Test")], db_default="live", default="live", editable=False, max_length=4
            ),
        ),
        migrations.AddField(
            "workspace",
            "live",
            models.OneToOneField(
                editable=False,
                help_text="Of a test world: the workspace whose world it is.",
                null=True,
                on_delete=models.PROTECT,
                related_name="test_world",
                to="accounts.workspace",
            ),
        ),
        migrations.AddField(
            "workspace",
            "parent",
            models.ForeignKey(
                editable=False,
                help_text="Of a client: the partner's workspace, or the test world of it.",
                null=True,
                on_delete=models.PROTECT,
                related_name="clients",
                db_index=False,
                to="accounts.workspace",
            ),
        ),
        AddConstraintNotValid(
            "workspace", models.CheckConstraint(condition=models.Q(mode__in=["live", "test"]), name="workspace_mode_known")
        ),
        AddConstraintNotValid(
            "workspace",
            models.CheckConstraint(
                condition=models.Q(mode="live", live=None)
                | models.Q(mode="test", live__isnull=False, parent=None)
                | models.Q(mode="test", live=None, parent__isnull=False),
                name="workspace_test_world",
            ),
        ),
    ]
