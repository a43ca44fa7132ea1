"""Workspaces, tokens and who acts."""

import os

from django.conf import settings

from accounts import tokens
from accounts.models import Membership, Role, Scope, User, Workspace
from billing import ledger
from billing.models import PricingTier
from tests.faults.chaos import place
from tests.faults.chaos.crew import Member
from tests.support import rate_limits

WALLETS, LEDGER_CLIENTS, API_CLIENTS, BUYERS, PROGRAMS = 3, 3, 3, 2, 3
PLENTY = 100_000


def cast(parts: str) -> list[Member]:
    """The clients of the parts that were chosen: money, engine, or all of them; the faults have none."""
    rate_limits.allow(100_000)
    PricingTier.objects.update(images_in_flight=32)
    members: list[Member] = []
    if parts in {"money", "all", "clocks"}:
        members += _ledger_clients() + _buyers()
    if parts in {"engine", "all", "clocks"}:
        members += _api_clients()
    return members


def traders() -> list[Member]:
    """Clients of an hour without kills: programs that order images, and customers who buy."""
    rate_limits.allow(100_000)
    PricingTier.objects.update(images_in_flight=32)
    return _api_clients() + _buyers()


def let_in_flight(images: int) -> None:
    """Let a workspace have so many images in flight."""
    PricingTier.objects.update(images_in_flight=images)


def _ledger_clients() -> list[Member]:
    slugs = [f"chaos-ledger-{number}" for number in range(WALLETS)]
    for slug in slugs:
        Workspace.objects.create(name=slug, slug=slug)
    return [Member("ledger_client", f"ledger{number}", slugs) for number in range(LEDGER_CLIENTS)]


def fleet() -> list[Member]:
    """Clients of several machines on one: few, which leave these the time to start again.

    Programs stream, wait and upload besides.
    """
    rate_limits.allow(100_000)
    PricingTier.objects.update(images_in_flight=32)
    return [*_spenders("api_client", "api", 1), *_buyers(1), *_spenders("program", "program", PROGRAMS)]


def _api_clients() -> list[Member]:
    return _spenders("api_client", "api", API_CLIENTS)


def _spenders(kind: str, name: str, count: int) -> list[Member]:
    members = []
    for number in range(count):
        workspace, token = customer(f"chaos-{name}-{number}")
        ledger.grant(workspace, PLENTY, key=f"plenty:{workspace.slug}", reference="plenty")
        told = {"CHAOS_SITE": place.site(), "CHAOS_TOKEN": token}
        members.append(Member(kind, f"{name}{number}", environment=told))
    return members


def _buyers(count: int = BUYERS) -> list[Member]:
    members = []
    for number in range(count):
        _, token = customer(f"chaos-buyer-{number}")
        told = {
            "CHAOS_SITE": place.site(),
            "CHAOS_TOKEN": token,
            "CHAOS_TWIN": place.twins(),
            "CHAOS_STRIPE_KEY": settings.STRIPE_SECRET_KEY,
        }
        members.append(Member("buyer", f"buyer{number}", environment=told))
    return members


def customer(slug: str) -> tuple[Workspace, str]:
    """A workspace with its owner, and a token of it."""
    workspace = Workspace.objects.create(name=slug, slug=slug)
    user = User.objects.create_user(f"{slug}@example.com", os.urandom(12).hex(), name=slug)
    Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
    _, token = tokens.issue(workspace, name="chaos", scopes=list(Scope), user=user)
    return workspace, token
