from datetime import timedelta

import pytest
from django.utils import timezone

from api.maintenance import sweep
from api.models import Call, IdempotencyKey, Rate

pytestmark = pytest.mark.django_db


def test_answers_calls_and_counters_are_forgotten_in_time(api, workspace):
    now = timezone.now()
    for age in (timedelta(hours=23), timedelta(hours=25)):
        key = str(age)
        IdempotencyKey.objects.create(
            workspace=workspace, key=key, fingerprint=b"", locked_until=now, created_at=now - age
        )
        Call.objects.create(workspace=workspace, token=api.token, fingerprint=b"", created_at=now - age)
    Rate.objects.create(subject=api.token.pk, started_at=now, writes=1)
    Rate.objects.create(subject=workspace.pk, started_at=now - timedelta(hours=2), writes=1)
    events = {"quotes": 0, "webhook events": 0, "addresses of orders": 0, "webhook endpoints": 0}
    assert sweep() == {"idempotency keys": 1, "calls": 1, "request counters": 1, **events}
    assert (IdempotencyKey.objects.count(), Call.objects.count(), Rate.objects.count()) == (1, 1, 1)
    assert sweep() == {"idempotency keys": 0, "calls": 0, "request counters": 0, **events}
