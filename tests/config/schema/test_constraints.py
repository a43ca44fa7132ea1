"""What tables hold, whoever writes them: states that are known, and rows that agree with those they belong to."""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from accounts.models import ApiToken
from billing import ledger
from billing.models import PricingTier
from billing.models.ledger import Hold, Transfer
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.models import Attempt, Batch, Generation, Image
from generation.orders.order import Order
from generation.orders.submit import submit

OURS = ("accounts", "api", "billing", "gallery", "generation")
STATES = ("status", "state", "outcome", "verdict", "reason")
STRIPES = {("dispute", "status")}
"""Written down as Stripe says it; it may learn new ones."""
CHECKS = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"


def states() -> Iterator[Any]:
    """Every column of ours that says in which state something is."""
    for model in apps.get_models():
        if model._meta.app_label in OURS:
            for field in model._meta.concrete_fields:
                is_state = field.name in STATES or model is Transfer
                if is_state and field.choices and (model._meta.model_name, field.name) not in STRIPES:
                    yield pytest.param(field, id=f"{model._meta.model_name}.{field.name}")


@pytest.mark.parametrize("field", [*states()])
def test_a_state_is_a_known_one(db, field: models.Field):
    with connection.cursor() as cursor:
        cursor.execute(CHECKS, [field.model._meta.db_table])
        listed = [
            text
            for (text,) in cursor.fetchall()
            if re.match(rf"CHECK \(\(*{field.column}\)::text = ANY", text)
        ]
    known = {value for value, _ in field.choices} | ({""} if field.blank else set())
    assert any(set(re.findall(r"'([^']*)'::", text)) == known for text in listed), listed
    assert not any("NOT VALID" in text for text in listed)


@pytest.fixture
def image(workspace, fund, catalog, db) -> Image:
    """An image that waits."""
    fund(workspace, 20)
    return order(workspace)


def order(workspace) -> Image:
    """Order one image."""
    asked = Order(
        prompt="a fox",
        model="gpt-image-2.5-flare",
        parameters=ImageParameters(size="1024x1024", quality="low"),
    )
    return submit(workspace, asked, source="api").images.get()


def refused(change) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


@pytest.mark.parametrize(
    "changes", [{"claim": None}, {"lease_until": None}, {"status": "waiting"}, {"status": "odd"}]
)
def test_what_runs_has_a_claim_and_a_lease(image, changes):
    assert claims.claim(image.pk)
    refused(lambda: Image.objects.filter(pk=image.pk).update(**changes))


def test_what_does_not_run_has_none(image):
    refused(lambda: Image.objects.filter(pk=image.pk).update(claim=uuid.uuid4()))
    refused(lambda: Image.objects.filter(pk=image.pk).update(status="running"))


def test_no_more_is_charged_than_was_quoted(image):
    refused(lambda: Generation.objects.update(charged=models.F("credits") + 1))
    batch = Batch.objects.create(workspace=image.workspace, name="one", credits=5)
    refused(lambda: Batch.objects.filter(pk=batch.pk).update(charged=6))


def test_what_belongs_to_something_is_of_its_workspace(image, other_workspace):
    work = claims.claim(image.pk)
    batch = Batch.objects.create(workspace=other_workspace, name="theirs")
    for rows in (Image.objects, Attempt.objects, Generation.objects):
        refused(lambda rows=rows: rows.update(workspace=other_workspace))
    refused(lambda: Generation.objects.update(batch=batch))
    refused(
        lambda: Image.objects.create(
            workspace=other_workspace, generation_id=work.generation, index=1, credits=0
        )
    )
    refused(
        lambda: Attempt.objects.create(workspace=other_workspace, image=image, provider_id="openai", number=2)
    )
    mine = Batch.objects.create(workspace=image.workspace, name="mine")
    Generation.objects.update(batch=mine)
    refused(lambda: Batch.objects.filter(pk=mine.pk).update(workspace=other_workspace))


def test_a_transfers_hold_is_of_its_workspace(image, other_workspace):
    hold = Hold.objects.get()
    refused(lambda: Transfer.objects.create(
        workspace=other_workspace, kind="capture", source="held", target="used", amount=1, key="k", reference="r",
        hold=hold, available_after=0,
    ))  # fmt: skip
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.update(workspace=other_workspace)


def test_a_token_may_commit_more_than_two_thousand_millions(workspace, fund, db):
    token = ApiToken.objects.create(
        workspace=workspace,
        name="shop",
        prefix="cio_live_ab",
        digest=b"1" * 32,
        scopes=[],
        credits_committed=2_147_483_647,
    )
    fund(workspace, 10)
    assert ledger.hold(workspace, 2, reference="generation:big", token=token)
    token.refresh_from_db()
    assert token.credits_committed == 2_147_483_649
    ledger.release("generation:big", key="back")
    ApiToken.objects.update(credits_committed=0)


CROWD = """
    INSERT INTO generation_image (
        id, workspace_id, generation_id, index, status, reason, detail, credits, lane, turn, tries, file, thumbnail,
        medium, preview, thumbhash, format, sha256, created_at, dispatched_at
    )
    SELECT uuidv7(), workspace_id, generation_id, number, 'waiting', '', '{}', 0, 0, 0, 0, '', '', '', '', '', '', '',
        now(), now()
    FROM generation_image, generate_series(1, 17000) AS number
"""


def test_a_lane_has_an_end(image, workspace):
    """A tier that lets very many run at once gives the last of them the same lane."""
    PricingTier.objects.update(images_in_flight=100_000)
    order(workspace)
    with connection.cursor() as cursor:
        cursor.execute(CROWD)
    assert order(workspace).lane == 32_767
