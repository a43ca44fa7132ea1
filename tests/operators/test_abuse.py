"""A provider reports an abuser by our safety identifier: operators find who that is, and stop that one alone."""

import hashlib

import pytest
from django.urls import reverse

from accounts import tokens
from accounts.models import AuditEvent, Scope
from billing import ledger
from billing.errors import WorkspaceSuspended
from generation.catalog import cache
from generation.catalog.parameters import ImageParameters
from generation.lifecycle import claims
from generation.models import EndUser, Source
from generation.orders.order import Order
from generation.orders.submit import submit

ORDER = Order(prompt="a fox", model="gpt-image-2.5-flare", parameters=ImageParameters(quality="low"))


@pytest.fixture
def call(db):
    """The call that a worker would make for an order."""
    cache.invalidate()

    def make(workspace, **who):
        ledger.grant(workspace, 10, key=f"grant:{workspace.pk}:{who}", reference="test")
        work = claims.claim(submit(workspace, ORDER, source=Source.API, **who).images.get().pk)
        assert work
        return work

    return make


def test_an_identifier_leads_to_its_workspace_and_suspends_no_other(
    call, workspace, other_workspace, alice, bob, charlie, operator, client_for
):
    token, _ = tokens.issue(workspace, name="Shop", scopes=[Scope.GENERATIONS_WRITE], user=alice)
    identifiers = {
        "bob": call(workspace, user=bob).end_user,
        "shop": call(workspace, token=token).end_user,
        "charlie": call(other_workspace, user=charlie).end_user,
    }
    assert len(set(identifiers.values())) == EndUser.objects.count() == 3
    assert call(workspace, user=bob).end_user == identifiers["bob"]
    browser = client_for(operator)
    for name, identifier in identifiers.items():
        found = browser.get(reverse("admin:generation_enduser_changelist"), {"q": identifier})
        (one,) = found.context["cl"].result_list
        assert (one.workspace, one.person or one.token) == {
            "bob": (workspace, bob),
            "shop": (workspace, token),
            "charlie": (other_workspace, charlie),
        }[name]
    leads = browser.get(
        reverse("admin:generation_enduser_suspend", kwargs={"object_id": identifiers["bob"]}), follow=True
    )
    assert "Suspend this workspace" in leads.content.decode()
    browser.post(leads.redirect_chain[-1][0], {"reason": "Reported by the provider"})
    assert AuditEvent.objects.get(action="workspace.suspended").workspace == workspace
    for who in ({"user": bob}, {"token": token}):
        with pytest.raises(WorkspaceSuspended):
            submit(workspace, ORDER, source=Source.API, **who)
    assert call(other_workspace, user=charlie).end_user == identifiers["charlie"]


def test_an_identifier_tells_a_provider_nothing_else(call, workspace, bob):
    identifier = call(workspace, user=bob).end_user
    assert len(identifier) == 40
    for known in (workspace.pk, bob.pk, f"{workspace.pk}:{bob.pk}", bob.email):
        assert hashlib.sha256(str(known).encode()).hexdigest()[:40] != identifier
        assert str(known) not in identifier
