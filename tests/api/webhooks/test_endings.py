"""The end of a model: told to the workspaces that ordered from it within 30 days, with the notice to their owners."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import WebhookEvent
from generation.catalog import cache, retirement_notices
from generation.models import EndingNotice, Generation, ImageModel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("catalog")]
OLD, NEW = "gpt-image-2", "gpt-image-2.5-flare"


@pytest.fixture
def ends_at(api, workspace, fund):
    """When the model ends from which the workspace has just ordered."""
    at = timezone.now() + timedelta(days=5)
    ImageModel.objects.filter(slug=OLD).update(retired_at=at, replacement=NEW)
    cache.invalidate()
    fund(workspace, 50)
    assert api.post("/api/v1/generations", {"prompt": "a bell", "model": OLD}).status_code == 202
    return at


def test_programs_are_told_once_with_the_notice(api, endpoint, sink, work, ends_at, foreign_api):
    foreign_api.post("/api/v1/webhook-endpoints", {"url": sink.url, "events": ["model.ending"]})
    assert [retirement_notices.notify_owners() for _ in range(2)] == [1, 0]
    work()
    (told,) = sink.verified(endpoint["secret"])
    assert told["type"] == "model.ending"
    assert told["data"] == {
        "id": OLD,
        "ends_at": ends_at.isoformat(),
        "days": 5,
        "replacement": NEW,
    }
    assert api.get("/api/v1/events", {"type": "model.ending"}).json()["data"] == [told]


def test_who_used_it_longer_ago_gets_the_letter_alone(endpoint, ends_at):
    Generation.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert retirement_notices.notify_owners() == 1
    assert EndingNotice.objects.exists()
    assert not WebhookEvent.objects.exists()
