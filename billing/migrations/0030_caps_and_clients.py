import core.ids
import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


# squawk: ignore ban-drop-constraint because each comes back in the same transaction, with more values
class Migration(migrations.Migration):
    """Add caps, and the account through which credits move between partners and clients."""

    dependencies = [("accounts", "0012_spending"), ("billing", "0029_proven_point")]
    operations = [
        migrations.CreateModel(
            name="Cap",
            fields=[
                ('id', models.UUIDField(default=core.ids.new, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('workspace', 'Workspace'), ('member', 'Member'), ('token', 'Token')], max_length=9)),
                ('subject', models.UUIDField(help_text='The id of the workspace, of the person or of the token.')),
                ('period', models.CharField(choices=[('day', 'Day'), ('week', 'Week'), ('month', 'Month'), ('total', 'In all')], max_length=5)),
                ('credits', models.PositiveBigIntegerField(help_text='The cap itself; 0 lets nothing be spent.')),
                ('committed', models.BigIntegerField(help_text='Credits held and used in the period that is counted.')),
                ('since', models.DateTimeField(help_text='When that period began.')),
                ('told', models.PositiveSmallIntegerField(db_default=0, default=0, help_text='Percent of the cap that its people have been told of in this period.')),
                ("workspace", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='caps', to='accounts.workspace')),
            ],
            options={"constraints": [models.UniqueConstraint(fields=('workspace', 'kind', 'subject', 'period'), name='cap_once'), models.CheckConstraint(condition=models.Q(('committed__gte', 0)), name='cap_committed_not_negative'), models.CheckConstraint(condition=models.Q(('kind__in', ['member', 'token', 'workspace'])), name='cap_kind_known'), models.CheckConstraint(condition=models.Q(('period__in', ['day', 'month', 'total', 'week'])), name='cap_period_known')]},
        ),
        migrations.AlterField(
            model_name='transfer',
            name='kind',
            field=models.CharField(choices=[('grant', 'Grant'), ('purchase', 'Purchase'), ('hold', 'Hold'), ('capture', 'Capture'), ('release', 'Release'), ('reverse', 'Taken back'), ('restore', 'Given back'), ('settle', 'Debt paid'), ('write_off', 'Debt written off'), ('adjust', 'Adjustment'), ('fund', 'Given to a client'), ('withdraw', 'Taken from a client')], max_length=10),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='source',
            field=models.CharField(choices=[('available', 'Available'), ('held', 'Held'), ('debt', 'Debt'), ('sold', 'Sold'), ('granted', 'Granted'), ('used', 'Used'), ('refunded', 'Refunded'), ('disputed', 'Disputed'), ('written_off', 'Written off'), ('adjusted', 'Adjusted'), ('clients', 'Clients')], help_text='The account that gives.', max_length=12),
        ),
        migrations.AlterField(
            model_name='transfer',
            name='target',
            field=models.CharField(choices=[('available', 'Available'), ('held', 'Held'), ('debt', 'Debt'), ('sold', 'Sold'), ('granted', 'Granted'), ('used', 'Used'), ('refunded', 'Refunded'), ('disputed', 'Disputed'), ('written_off', 'Written off'), ('adjusted', 'Adjusted'), ('clients', 'Clients')], help_text='The account that takes.', max_length=12),
        ),
        migrations.RemoveConstraint("transfer", "transfer_kind_known"),
        migrations.RemoveConstraint("transfer", "transfer_source_known"),
        migrations.RemoveConstraint("transfer", "transfer_target_known"),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('kind__in', ['adjust', 'capture', 'fund', 'grant', 'hold', 'purchase', 'release', 'restore', 'reverse', 'settle', 'withdraw', 'write_off'])), name='transfer_kind_known')),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('source__in', ['adjusted', 'available', 'clients', 'debt', 'disputed', 'granted', 'held', 'refunded', 'sold', 'used', 'written_off'])), name='transfer_source_known')),
        AddConstraintNotValid("transfer", models.CheckConstraint(condition=models.Q(('target__in', ['adjusted', 'available', 'clients', 'debt', 'disputed', 'granted', 'held', 'refunded', 'sold', 'used', 'written_off'])), name='transfer_target_known')),
    ]
