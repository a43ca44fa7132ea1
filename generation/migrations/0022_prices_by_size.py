"""What a new installation is seeded with, for one that exists, as far as its operators left the rows as they were."""

import math

from django.db import migrations, models

CLASSES = (1_200_000, 1_600_000, 2_400_000, 4_200_000, 8_300_000)
MILLION = 1_000_000

# Quality: credits and expected cost as seeded before.
OLD_25 = {"low": (1, 6_000), "medium": (1, 13_000), "high": (3, 53_000), "xhigh": (5, 94_000), "max": (11, 211_000)}
OLD_2 = {"low": (1, 6_000), "medium": (3, 53_000), "high": (10, 211_000)}
# Quality: credits in each size class, and the grid from which the expected cost follows (seeds/openai.py).
NEW_25 = {
    "low": ((1, 1, 1, 2, 2), 16),
    "medium": ((1, 1, 2, 2, 3), 24),
    "high": ((3, 3, 4, 6, 8), 48),
    "xhigh": ((5, 5, 7, 10, 14), 64),
    "max": ((11, 11, 14, 22, 31), 96),
}
NEW_26 = {**NEW_25, "low": ((2, 2, 2, 3, 5), 34), "medium": ((3, 3, 4, 6, 8), 48)}
NEW_2 = {"low": ((1, 1, 1, 2, 2), 16), "medium": ((3, 3, 4, 6, 8), 48), "high": ((10, 11, 14, 20, 31), 96)}
GPT = {
    "gpt-image-2.5-flare": (OLD_25, NEW_25),
    "gpt-image-2.5-sunburst": (OLD_25, NEW_25),
    "gpt-image-2.6-flare": (OLD_25, NEW_26),
    "gpt-image-2.6-sunburst": (OLD_25, NEW_26),
    "gpt-image-2": (OLD_2, NEW_2),
}
MEGAPIXELS = (1, 2, 3, 4, 8)
# Credits for a megapixel, what it was thought to cost, edit surcharge; then: megapixel out, the first where it is
# another, on top in edits, megapixel in; so many references together cost so many credits.
FAL = {
    "flux-2-klein": ((1, 15_000, 1), (6_000, 6_000, 5_000, 11_000), (2, 1)),
    "flux-2-pro": ((2, 30_000, 1), (15_000, 30_000, 0, 15_000), (1, 1)),
    "flux-2-flex": ((3, 50_000, 1), (50_000, 50_000, 0, 50_000), (1, 3)),
    "flux-2-max": ((4, 70_000, 1), (30_000, 70_000, 0, 30_000), (1, 2)),
    "flux-schnell": ((1, 3_000, 0), (3_000, 3_000, 0, 0), (1, 1)),
    "flux-dev": ((2, 25_000, 0), (25_000, 25_000, 0, 0), (1, 1)),
    "qwen-image": ((1, 20_000, 0), (20_000, 20_000, 0, 0), (1, 1)),
}
ALIASES = {
    "gpt-image-2": "gpt-image-2-2026-04-21",
    "gpt-image-2.5-flare": "gpt-image-2.5-flare-2026-09-08",
    "gpt-image-2.5-sunburst": "gpt-image-2.5-sunburst-2026-09-08",
}
SAID = "The newest Flare: the quickest drafts of the family, with the same qualities and prices as 2.5."
SAYS = "The newest Flare: the quickest of the family. Low and medium cost more than with 2.5, the rest the same."


def renew(apps, schema_editor):
    """Prices and costs that are as they were seeded become what they are seeded with now; the others stay theirs."""
    prices = apps.get_model("generation", "ModelPrice").objects
    expected = apps.get_model("generation", "ExpectedCost")
    rows = list(prices.order_by("pk"))
    known = [(row, cost) for row in rows if row.tier_id is None for cost in _expected(row)]
    expected.objects.bulk_create(
        expected(
            model_id=row.model_id, quality=row.quality, pixels=pixels, cost=cost, edit_cost=edit, reference_cost=each
        )
        for row, (pixels, cost, edit, each) in known
    )
    for row in rows:
        prices.filter(pk=row.pk).update(**_price(row))
    _units(apps.get_model("generation", "UnitCost"))
    all_models = apps.get_model("generation", "ImageModel").objects
    for slug, alias in ALIASES.items():
        if not all_models.filter(slug=alias).exists():
            all_models.filter(slug=slug, aliases=[]).update(aliases=[alias])
    all_models.filter(slug="gpt-image-2.6-flare", description=SAID).update(description=SAYS)


def _is_as_seeded(row, credits, *, per_megapixel, edit_surcharge):
    ours = (credits, 1 if per_megapixel else 2, per_megapixel, edit_surcharge, 1, 2)
    return row.tier_id is None and ours == (
        row.credits,
        row.large_factor,
        row.per_megapixel,
        row.edit_surcharge,
        row.free_references,
        row.references_per_credit,
    )


def _price(row):
    """What a price row is changed to."""
    if row.model_id in GPT and row.quality in GPT[row.model_id][0]:
        old, new = (each[row.quality][0] for each in GPT[row.model_id])
        if _is_as_seeded(row, old, per_megapixel=False, edit_surcharge=0):
            return {"credits": new[0], "steps": list(new[1:]), "edit_surcharge": 1}
    elif row.model_id in FAL:
        (credits, _, surcharge), _, (together, each) = FAL[row.model_id]
        if _is_as_seeded(row, credits, per_megapixel=True, edit_surcharge=surcharge):
            return {
                "edit_surcharge": 0,
                "free_references": 0,
                "references_per_credit": together,
                "reference_credits": each,
            }
    large = row.credits * max(1, row.large_factor)
    return {"steps": [] if row.per_megapixel or large == row.credits else [row.credits, row.credits, large, large]}


def _expected(row):
    """The row's expected costs: size class, image, edit more, each reference more."""
    if row.model_id in GPT and row.quality in GPT[row.model_id][0]:
        old, new = GPT[row.model_id]
        if row.expected_cost == old[row.quality][1]:
            grid = new[row.quality][1]
            tokens = [math.ceil(grid * grid * (2 * MILLION + pixels) / (4 * MILLION)) for pixels in CLASSES]
            return [(pixels, out * 30 + 500, 0, 12_288) for pixels, out in zip(CLASSES, tokens, strict=True)]
    elif row.model_id in FAL:
        (_, old, _), (megapixel, first, edit, reference), _ = FAL[row.model_id]
        if row.expected_cost == old:
            return [
                (pixels, first + (out - 1) * megapixel, out * edit, reference)
                for pixels, out in zip(CLASSES, MEGAPIXELS, strict=True)
            ]
    return [(CLASSES[0], row.expected_cost, 0, 0)] if row.expected_cost else []


def _units(unit_cost):
    for model, ((_, old, _), (megapixel, first, edit, reference), _) in FAL.items():
        theirs = dict(unit_cost.objects.filter(model_id=model).values_list("unit", "cost"))
        if theirs != {"megapixel": old * MILLION}:
            continue
        new = {"megapixel": megapixel, "edit_megapixel": edit, "megapixel_input": reference}
        new |= {"first_megapixel": first} if first != megapixel else {}
        unit_cost.objects.filter(model_id=model).delete()
        unit_cost.objects.bulk_create(
            unit_cost(model_id=model, unit=unit, cost=cost * MILLION) for unit, cost in new.items() if cost
        )


class Migration(migrations.Migration):
    dependencies = [("generation", "0021_size_classes")]
    operations = [
        migrations.RunPython(renew, migrations.RunPython.noop),
        # The code before this one reads both columns while it still runs beside this schema: they are dropped later.
        migrations.AlterField(
            model_name="modelprice",
            name="large_factor",
            field=models.PositiveSmallIntegerField(db_default=2, default=2),
        ),
        migrations.AlterField(
            model_name="modelprice",
            name="expected_cost",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="modelprice", name="large_factor"),
                migrations.RemoveField(model_name="modelprice", name="expected_cost"),
            ]
        ),
    ]
