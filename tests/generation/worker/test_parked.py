"""Thousands that wait for one provider, or for one of its models, slow nobody else's."""

from collections.abc import Callable

import pytest
from django.db import connection

from accounts.models import Workspace
from generation.lifecycle import claims, queue_position
from generation.maintenance import recovery
from generation.models import Generation, Image, ImageModel, Pace, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.worker import admission
from generation.worker.store_watch import park

ONE, OTHER, FALS = "gpt-image-2.5-flare", "gpt-image-2.5-sunburst", "flux-2-pro"
MANY = 20_000
FEW = 200
"""Rows of images that an admission may read, whatever waits elsewhere."""
COPIES = """
    INSERT INTO generation_image (
        id, workspace_id, generation_id, index, status, reason, detail, credits, lane, turn, tries, file, thumbnail,
        medium, preview, thumbhash, format, sha256, created_at, dispatched_at, parked_at, provider_id, model_id
    )
    SELECT uuidv7(), workspace_id, generation_id, number, 'waiting', '', '{}', 0, 0, 0, 0, '', '', '', '', '', '', '',
        now(), now(), now(), provider_id, model_id
    FROM generation_image, generate_series(1, %s) AS number WHERE id = %s
"""
READ = """
    SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
    WHERE relname = 'generation_image'
"""


def rows_read(work: Callable[[], object]) -> int:
    """How many rows of images a call reads."""

    def so_far() -> int:
        with connection.cursor() as cursor:
            cursor.execute(READ)
            return cursor.fetchone()[0]

    before = so_far()
    work()
    return so_far() - before


@pytest.fixture
def parked(funded: Workspace, order: Callable[..., Order]) -> Callable[..., Generation]:
    """An order whose images wait for a place at their provider, `many` of them."""

    def go(model: str, many: int = 0) -> Generation:
        provider = Provider.objects.filter(models__slug=model)
        most = provider.get().max_in_flight
        provider.update(max_in_flight=0)
        generation = submit(
            funded, order(model=model, **({"quality": "auto"} if model == FALS else {})), source="api"
        )
        image = generation.images.get()
        assert claims.claim(image.pk) is None
        provider.update(max_in_flight=most)
        with connection.cursor() as cursor:
            cursor.execute(COPIES, [many, image.pk])
            cursor.execute("ANALYZE generation_image")
        return generation

    return go


def test_who_is_parked_says_where(parked):
    image = parked(ONE).images.get()
    assert (image.provider_id, image.model_id) == ("openai", ONE)


def test_who_is_parked_while_the_store_is_away_says_where_too(funded, order):
    image = submit(funded, order(), source="api").images.get()
    park(image.pk)
    image.refresh_from_db()
    assert (image.provider_id, image.model_id) == ("openai", "gpt-image-2.5-flare")


def test_thousands_parked_at_one_provider_are_not_read_for_another(parked, funded):
    parked(FALS, MANY)
    mine = parked(ONE)
    assert rows_read(lambda: queue_position.positions(funded, [mine.pk])) > MANY  # the workspace's own
    assert rows_read(lambda: admission.admit_and_wait("openai", 1)) < FEW
    assert mine.images.get().parked_at is None
    assert rows_read(lambda: admission.admit_and_wait("openai", 1)) < FEW


def test_thousands_parked_at_a_provider_are_not_read_for_the_next(parked):
    parked(ONE, MANY)
    assert rows_read(lambda: admission.admit_and_wait("openai", 1)) < FEW
    assert Image.objects.filter(parked_at=None).count() == 1


def test_thousands_parked_for_one_model_are_not_read_for_another_of_its_provider(parked):
    ImageModel.objects.filter(slug=OTHER).update(shares_limits_of=None)
    parked(ONE, MANY)
    mine = parked(OTHER)
    Pace.objects.create(provider_id="openai", model_id=ONE, per_minute=0)
    assert rows_read(lambda: admission.admit("openai", 1)) < FEW
    assert mine.images.get().parked_at is None


def test_the_sweep_finds_whom_an_earlier_release_has_parked(parked):
    """It knew no provider; and a model may have moved to another one meanwhile."""
    first, second = parked(ONE), parked(ONE)
    first.images.update(provider=None, model=None)
    second.images.update(provider="fal")
    assert recovery.admit_parked() == 2
    assert not Image.objects.filter(parked_at__isnull=False).exists()
