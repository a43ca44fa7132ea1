"""Whoever signs in again works on in the workspace that they chose last, also as a guest."""

import pytest

from accounts.models import Membership
from accounts.workspaces import workspaces
from tests.support.cast import PASSWORD


def sign_in(client, user):
    client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    return client


@pytest.fixture
def guest(bob, workspace):
    """Bob, who has a workspace of his own, older than his place in Alice's."""
    own = workspaces.create(bob, "Bob's own")
    Membership.objects.filter(workspace=own).update(created_at=workspace.created_at)
    return bob, own


def test_a_guest_who_switched_is_there_after_signing_in_elsewhere(client, guest, workspace, client_for):
    bob, _ = guest
    client_for(bob).post("/workspace/switch", {"workspace": workspace.slug})
    assert "<title>Workspace" in sign_in(client, bob).get("/workspace").text
    assert client.get("/workspace").wsgi_request.workspace == workspace


def test_the_last_choice_counts(client, guest, workspace, client_for):
    bob, own = guest
    browser = client_for(bob)
    for place in (workspace, own, workspace, own):
        browser.post("/workspace/switch", {"workspace": place.slug})
    assert sign_in(client, bob).get("/workspace").wsgi_request.workspace == own


def test_who_never_chose_begins_in_the_oldest(client, guest):
    bob, own = guest
    assert sign_in(client, bob).get("/workspace").wsgi_request.workspace == own


def test_a_place_that_was_taken_away_is_not_returned_to(client, guest, workspace, client_for):
    bob, own = guest
    client_for(bob).post("/workspace/switch", {"workspace": workspace.slug})
    Membership.objects.filter(user=bob, workspace=workspace).delete()
    assert sign_in(client, bob).get("/workspace").wsgi_request.workspace == own


def test_another_window_stays_where_it_is(guest, workspace, client_for):
    bob, own = guest
    first, second = client_for(bob), client_for(bob)
    first.post("/workspace/switch", {"workspace": own.slug})
    second.post("/workspace/switch", {"workspace": workspace.slug})
    assert first.get("/workspace").wsgi_request.workspace == own
