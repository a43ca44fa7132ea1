import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

CLASSES = [(most, f"up to {most / 1_000_000:.1f} megapixels") for most in (1_200_000, 1_600_000, 2_400_000, 4_200_000, 8_300_000)]


def count_at_least_one(apps, schema_editor):
    """A row that counts no references together could not be quoted at all."""
    apps.get_model("generation", "ModelPrice").objects.filter(references_per_credit=0).update(references_per_credit=1)


class Migration(migrations.Migration):
    dependencies = [("generation", "0020_model_denied")]
    operations = [
        migrations.RunPython(count_at_least_one, migrations.RunPython.noop),
        migrations.CreateModel(
            name="ExpectedCost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "quality",
                    models.CharField(blank=True, help_text="Empty for models without qualities.", max_length=10),
                ),
                ("pixels", models.PositiveIntegerField(choices=CLASSES, verbose_name="size class")),
                ("cost", models.PositiveBigIntegerField(help_text="Micro-dollars for an image.")),
                (
                    "edit_cost",
                    models.PositiveBigIntegerField(
                        default=0, help_text="Micro-dollars more for one with references."
                    ),
                ),
                (
                    "reference_cost",
                    models.PositiveBigIntegerField(default=0, help_text="Micro-dollars more for each of them."),
                ),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="expected_costs",
                        to="generation.imagemodel",
                    ),
                ),
            ],
            options={"ordering": ("model", "quality", "pixels")},
        ),
        migrations.AddConstraint(
            model_name="expectedcost",
            constraint=models.UniqueConstraint(fields=("model", "quality", "pixels"), name="expected_cost_once"),
        ),
        migrations.AddField(
            model_name="imagemodel",
            name="aliases",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                blank=True,
                db_default=[],
                default=list,
                help_text="Other ids by which it may be ordered, for example of its maker's dated versions.",
            ),
        ),
        migrations.AddField(
            model_name="modelprice",
            name="reference_credits",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="modelprice",
            name="steps",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveIntegerField(),
                blank=True,
                db_default=[],
                default=list,
                help_text="Credits up to 1.6, 2.4, 4.2 and 8.3 megapixels, with commas. Empty: the same at every size.",
            ),
        ),
        migrations.AlterField(
            model_name="modelprice",
            name="credits",
            field=models.PositiveIntegerField(
                help_text="For one image of up to 1.2 megapixels, or for a megapixel."
            ),
        ),
        migrations.AlterField(
            model_name="modelprice",
            name="per_megapixel",
            field=models.BooleanField(
                default=False,
                help_text="Credits are for each megapixel (1024 x 1024) begun, and there are no steps.",
            ),
        ),
        migrations.AlterField(
            model_name="modelprice",
            name="references_per_credit",
            field=models.PositiveSmallIntegerField(
                default=2,
                help_text="Of the references that are not free, so many together cost the reference credits.",
                verbose_name="references counted together",
            ),
        ),
        migrations.AddConstraint(
            model_name="modelprice",
            constraint=models.CheckConstraint(
                condition=models.Q(("references_per_credit__gt", 0)), name="price_counts_references"
            ),
        ),
        migrations.AlterField(
            model_name="unitcost",
            name="unit",
            field=models.CharField(
                choices=[
                    ("text_input", "Text token in"),
                    ("image_input", "Image token in"),
                    ("image_output", "Image token out"),
                    ("first_megapixel", "First megapixel out"),
                    ("megapixel", "Megapixel out"),
                    ("edit_megapixel", "Megapixel out of an edit, on top"),
                    ("megapixel_input", "Megapixel in"),
                    ("image", "Image out"),
                ],
                max_length=16,
            ),
        ),
    ]
