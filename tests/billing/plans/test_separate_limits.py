"""What an installation that exists makes of its one limit of requests."""

from importlib import import_module

import pytest
from django.db import connection

from billing.models import PricingTier

SPLIT = import_module("billing.migrations.0015_separate_limits").SPLIT


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("slug", "before", "after"),
    [
        ("standard", 60, (600, 120, 6_000, 1_200, 500)),
        ("standard", 30, (150, 30, 1_500, 300, 500)),
        ("partner", 600, (3_000, 600, 30_000, 6_000, 2_000)),
        ("enterprise", 3_000, (15_000, 3_000, 150_000, 30_000, 10_000)),
        ("ours", 60, (300, 60, 3_000, 600, 500)),
        ("ours", 2_147_483_647, (2_147_483_647,) * 4 + (500,)),
    ],
)
def test_what_operators_chose_stays_the_limit_of_writes(slug, before, after):
    PricingTier.objects.get_or_create(slug=slug, defaults={"name": "Ours"})
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_pricingtier SET requests_per_minute = %s WHERE slug = %s", [before, slug]
        )
        cursor.execute(SPLIT)
    columns = (
        "reads_per_minute",
        "writes_per_minute",
        "workspace_reads_per_minute",
        "workspace_writes_per_minute",
    )
    assert PricingTier.objects.values_list(*columns, "test_images_per_day").get(slug=slug) == after
