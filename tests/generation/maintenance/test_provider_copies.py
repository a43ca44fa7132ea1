"""What a customer deletes is deleted at the provider, too."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import Workspace
from gallery import curation
from generation.maintenance import provider_copies, retention
from generation.models import Attempt, Generation, Image, Reference
from generation.orders.submit import submit
from generation.references import library
from tests.generation.conftest import run
from tests.generation.references.test_uploads import picture
from tests.support.twins import FalTwin

pytestmark = pytest.mark.django_db(transaction=True)
LONG_AGO = timedelta(hours=25)


@pytest.fixture
def flux(funded: Workspace, order: Callable[..., Any], fal: FalTwin) -> Callable[..., Generation]:
    def go(model: str = "flux-schnell", **options: Any) -> Generation:
        return run(submit(funded, order(model=model, quality="auto", **options), source="api"))

    return go


def told(fal: FalTwin) -> list[str]:
    return sorted(call["path"].split("/")[-2] for call in fal.calls(endpoint="forget"))


def jobs() -> list[list[str]]:
    made = ProcrastinateJob.objects.filter(task_name=provider_copies.TASK)
    return [job.args["attempts"] for job in made]


def work() -> int:
    return sum(
        asyncio.run(provider_copies.forget([uuid.UUID(attempt) for attempt in some])) for some in jobs()
    )


def test_a_deleted_image_is_deleted_at_fal(flux: Callable[..., Generation], fal: FalTwin, funded: Workspace):
    gone, stays = flux().images.get(), flux().images.get()
    curation.delete(funded, [gone.pk])
    retention.remove_images()
    assert jobs() == []
    Image.objects.filter(pk=gone.pk).update(deleted_at=timezone.now() - LONG_AGO)
    assert [retention.remove_images(), retention.remove_images()] == [1, 0]
    assert jobs() == [[str(gone.attempts.get().pk)]]
    assert work() == 1
    assert told(fal) == [gone.attempts.get().upstream_request]
    assert stays.attempts.get().upstream_request not in told(fal)
    assert work() == 1


def test_a_deleted_reference_is_deleted_with_what_it_went_into(
    flux: Callable[..., Generation], fal: FalTwin, funded: Workspace
):
    ours = library.upload(funded, ContentFile(picture(size=(64, 64))))
    made, other = flux("flux-2-pro", references=(ours.pk,)), flux("flux-2-pro")
    Reference.objects.update(deleted_at=timezone.now() - LONG_AGO)
    assert retention.remove_references() == 1
    assert work() == 1
    assert told(fal) == [made.images.get().attempts.get().upstream_request]
    assert other.images.get().attempts.get().upstream_request not in told(fal)


@pytest.mark.parametrize("trouble", [{"do": "status", "status": 503}, {"do": "reset"}])
def test_it_is_asked_again_while_fal_is_away(
    trouble: dict[str, Any], flux: Callable[..., Generation], fal: FalTwin
):
    flux()
    fal.script(**trouble, match={"endpoint": "forget"})
    attempts = [Attempt.objects.get().pk]
    with pytest.raises(provider_copies.NotForgottenError):
        asyncio.run(provider_copies.forget(attempts))
    assert asyncio.run(provider_copies.forget(attempts)) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_is_said_to_operators_and_not_tried_again(
    status: int, flux: Callable[..., Generation], fal: FalTwin, caplog: pytest.LogCaptureFixture
):
    flux()
    fal.script("status", status=status, match={"endpoint": "forget"})
    assert asyncio.run(provider_copies.forget([Attempt.objects.get().pk])) == 0
    assert "was not deleted" in caplog.text


def test_what_fal_no_longer_has_is_forgotten(flux: Callable[..., Generation], fal: FalTwin):
    flux()
    fal.ahead(31 * 86_400)
    assert asyncio.run(provider_copies.forget([Attempt.objects.get().pk])) == 1


def test_what_is_older_than_any_copy_or_was_made_elsewhere_is_not_asked_for(
    flux: Callable[..., Generation], make: Callable[..., Generation]
):
    old, elsewhere = flux().images.get(), make().images.get()
    old.attempts.update(started_at=timezone.now() - timedelta(days=32))
    Image.objects.update(deleted_at=timezone.now() - LONG_AGO)
    assert retention.remove_images() == 2
    assert (jobs(), elsewhere.attempts.count()) == ([], 1)


def test_the_admin_key_is_used_where_there_is_one(
    flux: Callable[..., Generation], fal: FalTwin, settings: Any
):
    flux()
    settings.FAL_ADMIN_KEY = "admin:9876"
    asyncio.run(provider_copies.forget([Attempt.objects.get().pk]))
    assert [call["key"] for call in fal.calls(endpoint="forget")] == ["9876"]
