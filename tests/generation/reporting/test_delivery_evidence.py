"""What was delivered for the credits of a disputed purchase, with the pictures themselves."""

import hashlib
import zipfile

import pytest
from django.utils import timezone

from billing import ledger
from billing.disputes import deliveries, evidence, evidence_archive, evidence_fields
from billing.models import Dispute, Purchase
from generation.media import storage
from generation.models import Image
from generation.orders.submit import submit
from tests.generation.conftest import run


def make_one(workspace, order, user):
    """An image that this person ordered, made by a real worker."""
    return run(submit(workspace, order, user=user, source="studio"))


def unpacked(found):
    with evidence_archive.build_zip(found) as file, zipfile.ZipFile(file) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


@pytest.fixture
def disputed(workspace, alice):
    """A paid purchase that a bank questions."""
    purchase = Purchase.objects.create(
        workspace=workspace, created_by=alice, pack_slug="starter", pack_name="Starter", credits=400, amount=1_000,
        status="paid", paid_at=timezone.now(), payment_intent="pi_1",
    )  # fmt: skip
    ledger.sell(workspace, 400, key="stripe:pi_1:purchase", reference=purchase.reference)
    return Dispute.objects.create(
        stripe_id="du_1", purchase=purchase, payment_intent="pi_1", amount=1_000, status="needs_response"
    )


def test_the_zip_has_each_image_of_the_purchase_and_what_it_was(
    workspace, catalog, transactional_db, openai, order, disputed, alice
):
    generation = make_one(workspace, order("=a red fox at dawn"), alice)
    image = generation.images.get()
    found = evidence.gather(disputed)
    ((use, told),) = found.described()
    assert (use.reference, use.credits) == (f"image:{image.pk}", 1)
    assert (told.id, told.prompt, told.asked_by) == (
        image.public_id,
        "=a red fox at dawn",
        "alice@example.com",
    )
    assert told.sha256 == hashlib.sha256(storage.get(image.file)).hexdigest()
    files = unpacked(found)
    name = f"images/{image.public_id}.{(image.medium or image.file).rpartition('.')[2]}"
    assert files[name] == storage.get(image.medium or image.file)
    table = files["usage.csv"].decode("utf-8-sig")
    assert f"{image.public_id},{told.sha256}" in table
    assert "'=a red fox at dawn" in table
    log = evidence_fields.fields(found)["access_activity_log"]
    assert image.public_id in log
    assert told.sha256 in log


def test_a_deleted_image_is_told_without_its_picture(
    workspace, catalog, transactional_db, openai, order, disputed, alice
):
    image = make_one(workspace, order("a red fox"), alice).images.get()
    Image.objects.filter(pk=image.pk).update(deleted_at=timezone.now())
    found = evidence.gather(disputed)
    ((_, told),) = found.described()
    assert (told.id, told.thumbnail, told.picture) == (image.public_id, "", "")
    files = unpacked(found)
    assert set(files) == {"usage.csv", "receipt.txt", "summary.txt"}
    assert image.public_id in files["usage.csv"].decode()


def test_images_of_others_are_nobodys_delivery(other_workspace, catalog, transactional_db, openai, order, charlie, workspace, alice, disputed):  # fmt: skip
    ledger.grant(other_workspace, 5, key="g", reference="gift")
    image = make_one(other_workspace, order("a hare"), charlie).images.get()
    assert evidence.gather(disputed).uses == []
    assert deliveries.describers.describe(workspace, [f"image:{image.pk}"]) == {}
