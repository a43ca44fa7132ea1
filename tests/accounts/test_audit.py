import pytest
from django.db import DatabaseError, transaction
from django.test import RequestFactory

from accounts import audit
from accounts.models import AuditEvent


def test_remembers_who_and_from_where(alice, workspace):
    request = RequestFactory().get(
        "/", REMOTE_ADDR="203.0.113.7", headers={"X-Forwarded-For": "198.51.100.1"}
    )
    request.user = alice
    event = audit.record("thing.done", workspace=workspace, request=request)

    assert (event.actor, event.address) == (alice, "203.0.113.7")


@pytest.mark.parametrize(
    "tamper",
    [
        lambda: AuditEvent.objects.update(action="thing.undone"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: AuditEvent.objects.get().delete(),
    ],
)
def test_only_grows(workspace, tamper):
    audit.record("thing.done", workspace=workspace)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        tamper()
    assert AuditEvent.objects.get().action == "thing.done"


def test_outlives_the_workspace(workspace):
    audit.record("thing.done", workspace=workspace)
    workspace.delete()
    assert AuditEvent.objects.count() == 1
