"""Leases, locks until a moment and expiries go by the database's clock, whichever machine writes or reads them."""

import re
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now
from rest_framework.response import Response

from accounts import tokens
from accounts.models import ApiToken, Scope
from accounts.workspaces import invitations
from api import idempotency
from api.idempotency import StillRunning
from api.models import IdempotencyKey
from api.openai import retries
from billing.fraud import card_testing
from billing.models import CheckoutPause
from config.environment import ROOT
from config.observability import health
from core.database import clock
from generation.catalog import cache
from generation.models import Circuit

APPS = ("accounts", "api", "billing", "config", "core", "gallery", "generation")
UNTIL = r"(lease_until|locked_until|busy_until|paused_until|beat_at|again_at|probe_at|scheduled_at|last_heartbeat|expires_at)"
OURS = re.compile(
    rf"\b{UNTIL}\w*\W.*(timezone\.now\(|time\.time\(|datetime\.now\()|(timezone\.now\(|time\.time\(|datetime\.now\().*\b{UNTIL}"
)
ALLOWED = {
    "accounts/tokens/__init__.py": "what a person enters, compared once for a sentence",
    "accounts/tokens/changes.py": "what a person enters, compared once for a sentence",
    "accounts/tokens/listing.py": "which tokens a page lists",
}
"""Where a process's own clock will do, and why."""


def off_by(seconds: float) -> time_machine.travel:
    """This process's clock, so far from the database's."""
    return time_machine.travel(datetime.now().astimezone() + timedelta(seconds=seconds), tick=True)


def test_no_lease_is_written_or_judged_by_a_processs_own_clock():
    found = {
        str(path.relative_to(ROOT)): line.strip()
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if OURS.search(line)
    }
    assert found.keys() == ALLOWED.keys(), found


@pytest.mark.parametrize("off", [-90, 90])
def test_a_key_that_is_being_answered_stays_locked(workspace, off):
    lease = timedelta(seconds=60)
    with off_by(off):
        first = idempotency.claim(workspace, "k", b"1", lease)
    with pytest.raises(StillRunning):
        idempotency.claim(workspace, "k", b"1", lease)
    IdempotencyKey.objects.update(locked_until=Now() - timedelta(seconds=1))
    with off_by(off):
        again = idempotency.claim(workspace, "k", b"1", lease)
    assert not isinstance(again, Response)
    assert again.row.pk == first.row.pk


@pytest.mark.parametrize("off", [-90, 90])
def test_a_tokens_end_is_the_same_everywhere(workspace, alice, off):
    _, text = tokens.issue(workspace, name="shop", scopes=[Scope.IMAGES_READ], user=alice)
    with off_by(off):
        ApiToken.objects.update(expires_at=clock.now() + timedelta(seconds=30))
        assert tokens.find(text)
        ApiToken.objects.update(expires_at=clock.now() - timedelta(seconds=30))
        assert tokens.find(text) is None


def test_an_automatic_retry_joins_whoever_took_it(workspace, alice):
    token, _ = tokens.issue(workspace, name="shop", scopes=[Scope.IMAGES_READ], user=alice)
    with off_by(-3600):
        first = retries.connect(token, b"1", 0)
    assert retries.connect(token, b"1", 1).call == first.call


def test_a_pause_of_purchases_ends_for_all_at_once(workspace):
    CheckoutPause.objects.create(workspace=workspace, declines=3, until=Now() + timedelta(seconds=30))
    with off_by(90):
        assert card_testing.active_pause(workspace)


def test_an_invitation_ends_for_all_at_once(workspace, alice, mailoutbox):
    made = invitations.invite(
        workspace, "bob@example.net", invitations.Role.VIEWER, by=alice.memberships.get(workspace=workspace)
    )
    secret = re.search(r"https?://\S+/([\w-]{40,})", mailoutbox[-1].body)
    made.refresh_from_db()
    made.expires_at = clock.now() + timedelta(seconds=30)
    made.save()
    with off_by(90):
        assert secret
        assert invitations.find(secret[1])


def test_a_circuits_probe_is_due_for_all_at_once(catalog, db):
    Circuit.objects.create(
        provider_id="openai", state="open", cause="key", probe_at=clock.now() + timedelta(seconds=30)
    )
    with off_by(90):
        cache.invalidate()
        known = cache.load()
        assert known.is_shut(known.models["gpt-image-2.5-flare"])
    cache.invalidate()


def test_a_worker_that_reports_is_alive_for_a_fast_web_process(db):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    with off_by(90):
        assert health._worker() == "ok"
