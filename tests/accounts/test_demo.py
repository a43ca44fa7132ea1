import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import Membership, User, Workspace
from billing.ledger import balance
from billing.models import PricingTier


@override_settings(EMBEDDED=True)
def test_twice_is_once(db, client):
    call_command("setup_demo")
    call_command("setup_demo")

    demo = Workspace.objects.get(slug="demo")
    assert balance.for_workspace(demo).available == 2_000
    tier = PricingTier.for_workspace(demo)
    assert (tier.slug, demo.tier_assignments.count()) == ("demo", 1)
    assert (tier.reads_per_minute, tier.writes_per_minute) == (6_000, 6_000)
    assert (tier.workspace_reads_per_minute, tier.workspace_writes_per_minute) == (60_000, 60_000)
    assert not tier.is_default
    assert Membership.objects.get().workspace == demo
    answer = client.post("/accounts/login/", {"login": "demo@example.com", "password": "create-with-io"})
    assert answer.headers["Location"] == "/studio"
    assert User.objects.get(email="operator@example.com").is_superuser


@override_settings(EMBEDDED=False)
def test_only_on_a_machine_of_its_own(db):
    with pytest.raises(CommandError):
        call_command("setup_demo")
    assert not User.objects.exists()
