import django.utils.timezone
from django.db import migrations, models


# What was agreed to before there were columns for it: the price stands in the audit trail, where each consent was written
# down with it. Credits were never part of the sentence that people agreed to, so they are the pack's of today. A consent
# without such a line stays without terms, and the first purchase by it pauses and asks.
AGREED = """
    UPDATE billing_autotopup AS consent SET agreed_amount = said.price, agreed_credits = pack.credits
    FROM billing_creditpack AS pack, (
        SELECT DISTINCT ON (workspace_id) workspace_id, detail ->> 'pack' AS pack, (detail ->> 'price')::integer AS price
        FROM accounts_auditevent WHERE action = 'top_up.chosen' AND detail ->> 'on' = 'true'
        ORDER BY workspace_id, created_at DESC
    ) AS said
    WHERE said.workspace_id = consent.workspace_id AND pack.slug = consent.pack_id AND said.pack = consent.pack_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_audit_trigger'),
        ('billing', '0012_credit_approval'),
    ]

    operations = [
        migrations.CreateModel(
            name='StripeTrouble',
            fields=[
                ('kind', models.CharField(choices=[('key', 'Stripe refuses our key'), ('permission', 'Stripe does not allow our key to do this'), ('idempotency', 'Stripe knows an idempotency key with another request'), ('request', 'Stripe finds a request of ours wrong')], max_length=20, primary_key=True, serialize=False)),
                ('detail', models.CharField(help_text='What Stripe said last.', max_length=300)),
                ('times', models.PositiveIntegerField(default=0)),
                ('since', models.DateTimeField(default=django.utils.timezone.now, help_text='Since then never quiet for a day.')),
                ('last_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('told_at', models.DateTimeField(help_text='When operators were written to.', null=True)),
            ],
            options={
                'verbose_name': 'trouble with Stripe',
                'verbose_name_plural': 'troubles with Stripe',
                'ordering': ('-last_at',),
            },
        ),
        migrations.AddField(
            model_name='autotopup',
            name='agreed_amount',
            field=models.PositiveIntegerField(help_text='At most so many cents for it.', null=True),
        ),
        migrations.AddField(
            model_name='autotopup',
            name='agreed_credits',
            field=models.PositiveIntegerField(help_text='At least so many for it.', null=True),
        ),
        migrations.AddField(
            model_name='autotopup',
            name='paused_kind',
            field=models.CharField(choices=[('declined', 'the card was declined'), ('needs_payer', 'the bank wants you to confirm the payment'), ('card_gone', "the saved card can't be used any more"), ('refused', 'our payment provider refuses the payment'), ('dearer', 'the pack is not the one that you agreed to'), ('not_sold', 'the pack is no longer on sale'), ('no_answer', 'our payment provider gives no answer')], db_default='declined', default='declined', max_length=20),
        ),
        migrations.AddField(
            model_name='autotopup',
            name='resumed_at',
            field=models.DateTimeField(help_text='When somebody last switched it on or saved a card: failures before count no more.', null=True),
        ),
        migrations.AddField(
            model_name='autotopup',
            name='tries',
            field=models.PositiveSmallIntegerField(db_default=0, default=0, help_text='How often in a row Stripe gave no answer about a charge.'),
        ),
        migrations.AddField(
            model_name='purchase',
            name='charge_key',
            field=models.CharField(blank=True, db_default='', help_text='Idempotency key of that charge.', max_length=80),
        ),
        migrations.AddField(
            model_name='purchase',
            name='saved_card',
            field=models.CharField(blank=True, db_default='', help_text="Stripe's name of the card that auto top-up charges.", max_length=120),
        ),
        migrations.RunSQL(AGREED, migrations.RunSQL.noop),
    ]
