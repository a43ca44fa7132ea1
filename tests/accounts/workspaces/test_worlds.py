"""The test world of a workspace: made once, with its members, its name and its suspension."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone

from accounts import recipients, tokens
from accounts.models import ApiToken, Membership, Scope, Workspace
from accounts.workspaces import workspaces
from accounts.worlds import worlds
from billing.ledger import balance
from billing.models import PricingTier, TierAssignment


def issue(workspace, user, **options):
    return tokens.issue(
        workspace, name="Try", scopes=[Scope.GENERATIONS_WRITE], user=user, is_test=True, **options
    )


@pytest.mark.django_db(transaction=True)
def test_it_is_made_once_with_a_thousand_credits_however_many_need_it_at_once(workspace):
    def one(_):
        try:
            return worlds.for_workspace(workspace).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as threads:
        made = set(threads.map(one, range(12)))
    (world,) = Workspace.objects.filter(mode="test")
    assert made == {world.pk}
    assert (world.live, world.name) == (workspace, workspace.name)
    assert balance.for_workspace(world).available == 1_000
    assert worlds.for_workspace(world) == world


def test_a_live_token_needs_none(workspace, alice):
    tokens.issue(workspace, name="Live", scopes=[Scope.IMAGES_READ], user=alice)
    assert worlds.find(workspace) is None


def test_a_test_token_is_of_it_and_has_the_rights_of_its_maker(workspace, alice):
    made, text = issue(workspace, alice)
    found = tokens.find(text)
    assert found.workspace == made.workspace == worlds.find(workspace)
    assert found.rights == {Scope.GENERATIONS_WRITE}
    Membership.objects.filter(user=alice).update(role="viewer")
    assert tokens.find(text).rights == set()
    Membership.objects.filter(user=alice).delete()
    assert tokens.find(text) is None


def test_a_test_token_of_the_release_before_moves_when_it_is_used(workspace, alice):
    made, text = issue(workspace, alice)
    ApiToken.objects.filter(pk=made.pk).update(workspace=workspace)
    for _ in range(2):
        assert tokens.find(text).workspace == worlds.find(workspace)
    assert ApiToken.objects.get(pk=made.pk).workspace == worlds.find(workspace)


def test_its_name_and_its_suspension_are_those_of_the_workspace(workspace, world, alice):
    workspaces.rename(workspace, "Foxes", by=alice)
    workspaces.suspend(workspace, since=timezone.now())
    world.refresh_from_db()
    assert (world.name, world.suspended_at is not None) == ("Foxes", True)
    workspaces.suspend(workspace, since=None)
    world.refresh_from_db()
    assert world.suspended_at is None


def test_one_that_is_made_while_the_workspace_is_suspended_is_suspended_too(workspace):
    workspaces.suspend(workspace, since=timezone.now())
    assert worlds.for_workspace(workspace).suspended_at == workspace.suspended_at


def test_its_tier_is_that_of_the_workspace(workspace, world):
    partner = PricingTier.objects.get(slug="partner")
    TierAssignment.objects.create(workspace=workspace, tier=partner)
    assert PricingTier.for_workspace(world) == partner


def test_its_owners_are_told_what_they_should_know(workspace, world, alice):
    assert recipients.owners(world) == [alice]


class TestTheSwitch:
    @pytest.fixture
    def browser(self, client_for, alice):
        return client_for(alice)

    def here(self, browser):
        return browser.get("/studio").context["workspace"]

    def test_pages_act_in_the_test_world_until_it_is_left(self, browser, workspace):
        assert self.here(browser) == workspace
        page = browser.get("/studio").text
        assert "Enter the test world" in page
        assert "nothing here" not in page
        browser.post("/workspace/world", {"world": "test"})
        assert self.here(browser) == worlds.find(workspace)
        page = browser.get("/studio").text
        assert "Test world: nothing here" in page
        assert "Back to live" in page
        browser.post("/workspace/world", {"world": "live"})
        assert self.here(browser) == workspace

    def test_members_and_the_name_stay_with_the_live_one(self, browser, workspace, bob):
        browser.post("/workspace/world", {"world": "test"})
        page = browser.get("/workspace")
        assert {one.user for one in page.context["people"]} >= {bob}
        browser.post("/workspace/rename", {"name": "Foxes"})
        assert set(Workspace.objects.values_list("name", flat=True)) == {"Foxes"}

    def test_entering_another_workspace_leaves_it(self, browser, workspace, other_workspace, alice):
        Membership.objects.create(workspace=other_workspace, user=alice, role="viewer")
        browser.post("/workspace/world", {"world": "test"})
        browser.post("/workspace/switch", {"workspace": "charlie"})
        assert self.here(browser) == other_workspace

    def test_a_viewer_may_look_at_it_and_no_more(self, client_for, vera, workspace):
        browser = client_for(vera)
        browser.post("/workspace/world", {"world": "test"})
        assert self.here(browser) == worlds.find(workspace)
        assert browser.post("/billing/refill").status_code == 403

    def test_tokens_of_both_are_listed_by_mode(self, browser, workspace, alice):
        tokens.issue(workspace, name="real-one", scopes=[Scope.IMAGES_READ], user=alice)
        issue(workspace, alice)
        page = browser.get("/developers").text
        live, test = page.index("real-one"), page.index("Try")
        assert page.index(">Live<") < live < page.index(">Test world<") < test

    def test_a_test_token_is_revoked_on_the_page_of_either(self, browser, workspace, alice):
        made, text = issue(workspace, alice)
        browser.post(f"/developers/tokens/{made.public_id}/revoke")
        assert tokens.find(text) is None
