"""Indexes that others make superfluous go while everybody works: beginnings of others, and twins for LIKE."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.database.concurrent_indexes import CreateIndex, DropIndexes


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0007_redundant_indexes'),
        ("generation", "0036_announce_after_commit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        DropIndexes(
            "generation_allowance_workspace_id_d0bdaec6",
            "generation_appeal_workspace_id_114cca8a",
            "generation_attempt_image_id_fe2ed96e",
            "generation_attempt_provider_id_dae30a2b",
            "generation_attempt_provider_id_dae30a2b_like",
            "generation_batch_workspace_id_3338dd2f",
            "generation_batchrow_batch_id_2ccf97c4",
            "generation_checkrule_category_83fc926e_like",
            "generation_circuit_provider_id_e0cbcf08_like",
            "generation_dailytestimages_workspace_id_f0596fac",
            "generation_dailyusage_workspace_id_4f8fd72e",
            "generation_endingnotice_model_id_b68ca00f_like",
            "generation_endingnotice_workspace_id_722dfb59",
            "generation_enduser_identifier_8ac99de5_like",
            "generation_event_generation_id_7c53e847",
            "generation_event_workspace_id_0cc0f9be",
            "generation_event_image_id_a39567bb",
            "event_age",
            "generation_expectedcost_model_id_60f079ba",
            "generation_expectedcost_model_id_60f079ba_like",
            "generation_generation_model_id_01e6fb5a_like",
            "generation_generation_workspace_id_7322b08e",
            "generation_image_generation_id_026e0781",
            "generation_imagemodel_maker_replacement_id_29c78839_like",
            "generation_imagemodel_provider_id_9651591a_like",
            "generation_imagemodel_replacement_id_58e05946_like",
            "generation_imagemodel_slug_46f4811a_like",
            "generation_modelhealth_model_id_195996ad_like",
            "generation_modelprice_model_id_ecc2a8dc",
            "generation_modelprice_model_id_ecc2a8dc_like",
            "generation_modelprice_tier_id_e5cc4d7a_like",
            "generation_pace_model_id_f133b10e_like",
            "generation_pace_provider_id_6a98678c",
            "generation_pace_provider_id_6a98678c_like",
            "generation_provider_slug_152e8925_like",
            "generation_reference_workspace_id_8d6df323",
            "generation_styleversion_style_id_cd689338",
            "generation_unitcost_model_id_73d950c3",
            "generation_unitcost_model_id_73d950c3_like",
            states=(
                migrations.AlterField(model_name='dailyusage', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                migrations.RemoveIndex(model_name='event', name='event_age'),
                migrations.AlterField(model_name='allowance', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.workspace')),
                migrations.AlterField(model_name='appeal', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='appeals', to='accounts.workspace')),
                migrations.AlterField(model_name='attempt', name='image', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='generation.image')),
                migrations.AlterField(model_name='attempt', name='provider', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='generation.provider')),
                migrations.AlterField(model_name='batch', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='accounts.workspace')),
                migrations.AlterField(model_name='batchrow', name='batch', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='generation.batch')),
                migrations.AlterField(model_name='dailytestimages', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                migrations.AlterField(model_name='endingnotice', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                migrations.AlterField(model_name='event', name='generation', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='generation.generation')),
                migrations.AlterField(model_name='event', name='image', field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='generation.image')),
                migrations.AlterField(model_name='event', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.workspace')),
                migrations.AlterField(model_name='expectedcost', name='model', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='expected_costs', to='generation.imagemodel')),
                migrations.AlterField(model_name='generation', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='generations', to='accounts.workspace')),
                migrations.AlterField(model_name='image', name='generation', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='images', to='generation.generation')),
                migrations.AlterField(model_name='modelprice', name='model', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='prices', to='generation.imagemodel')),
                migrations.AlterField(model_name='pace', name='provider', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='paces', to='generation.provider')),
                migrations.AlterField(model_name='reference', name='workspace', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='references', to='accounts.workspace')),
                migrations.AlterField(model_name='styleversion', name='style', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='generation.style')),
                migrations.AlterField(model_name='unitcost', name='model', field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='unit_costs', to='generation.imagemodel')),
            ),
        ),
        CreateIndex(
            "image_unremoved",
            "ON generation_image (deleted_at) WHERE deleted_at IS NOT NULL AND NOT (thumbnail = '')",
            migrations.AddIndex(model_name='image', index=models.Index(condition=models.Q(('deleted_at__isnull', False), models.Q(('thumbnail', ''), _negated=True)), fields=['deleted_at'], name='image_unremoved')),
        ),
        CreateIndex(
            "reference_unremoved",
            "ON generation_reference (deleted_at) WHERE deleted_at IS NOT NULL AND NOT (thumbnail = '')",
            migrations.AddIndex(model_name='reference', index=models.Index(condition=models.Q(('deleted_at__isnull', False), models.Q(('thumbnail', ''), _negated=True)), fields=['deleted_at'], name='reference_unremoved')),
        ),
        CreateIndex(
            "batch_draft",
            "ON generation_batch (created_at) WHERE status = 'draft'",
            migrations.AddIndex(model_name='batch', index=models.Index(condition=models.Q(('status', 'draft')), fields=['created_at'], name='batch_draft')),
        ),
        CreateIndex(
            "attempt_of_model",
            "ON generation_attempt (model_id, started_at) WHERE outcome = 'succeeded'",
            migrations.AddIndex(model_name='attempt', index=models.Index(condition=models.Q(('outcome', 'succeeded')), fields=['model', 'started_at'], name='attempt_of_model')),
        ),
    ]
