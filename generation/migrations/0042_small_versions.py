"""Small versions are made after the delivery: what waits for them, and which deleted images still have files."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_token_bigint'),
        ('generation', '0041_constraints_valid'),
    ]

    operations = [
        migrations.CreateModel(
            name='Derivation',
            fields=[
                ('image', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='generation.image')),
                ('claim', models.UUIDField(help_text='Fencing token of the lease; others are too late.', null=True)),
                ('lease_until', models.DateTimeField(help_text='Until then nobody else makes them; a try that failed is repeated after it.', null=True)),
                ('tries', models.PositiveSmallIntegerField(db_default=0, default=0)),
                ('workspace', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
            ],
        ),
        migrations.AddField(
            model_name='image',
            name='removed_at',
            field=models.DateTimeField(help_text='When its files were gone.', null=True),
        ),
        migrations.AlterField(
            model_name='image',
            name='medium',
            field=models.CharField(blank=True, help_text='The same; empty for good where the original is hardly larger.', max_length=200),
        ),
        migrations.AlterField(
            model_name='image',
            name='thumbnail',
            field=models.CharField(blank=True, help_text='Key of the small version; empty until the small ones are made.', max_length=200),
        ),
    ]
