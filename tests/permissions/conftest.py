"""The cast as clients, and the objects that they reach for."""

import copy
from collections.abc import Callable
from functools import cache

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import Membership, Role, Scope, User, Workspace
from accounts.workspaces import invitations
from accounts.worlds import worlds
from api.quotes.orders import keep
from api.webhooks import endpoints
from billing.clients import clients
from billing.models import PricingTier, Purchase
from billing.purchases import checkout
from core import ids
from generation.batches import archives, drafts, parsing, transitions
from generation.models import Appeal, Archive, Image, Reference, Source
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer
from generation.orders.submit import submit
from generation.styles import authoring
from generation.styles.authoring import StyleContent
from tests.support import rate_limits


@pytest.fixture
def amelie(workspace: Workspace) -> User:
    """The admin, whom few other tests need."""
    user = User.objects.create_user("amelie@example.com", "create-with-io", name="Amelie")
    Membership.objects.create(workspace=workspace, user=user, role=Role.ADMIN)
    return user


@pytest.fixture
def cast(workspace, alice, amelie, bob, vera, charlie, operator, client_for) -> Callable[[str, str], Client]:
    """A client for each of the cast; the second argument is the scope that `bare` lacks and `scoped` has.

    Whoever is asked for again has not signed in anew, which takes longer than many an answer, but has the cookies of
    then. So the first one must not be asked for where `undone` would take back that they are signed in.
    """
    browsers = {
        "stranger": charlie, "viewer": vera, "member": bob, "admin": amelie, "owner": alice, "staff": operator,
    }  # fmt: skip

    @cache
    def known(name: str, scope: str) -> Client:
        if name in browsers:
            return client_for(browsers[name], proven=True)
        if name == "anonymous":
            return Client()
        scopes = set(Scope.values)
        if scope:
            scopes = scopes - {scope} if name == "bare" else {scope}
        token, text = tokens.issue(workspace, name=name, scopes=scopes, user=alice)
        if name == "revoked":
            tokens.revoke(token, by=alice)
        return Client(headers={"Authorization": f"Bearer {text}"})

    def client(name: str, scope: str) -> Client:
        first = known(name, "" if name in browsers else scope)
        fresh = copy.copy(first)
        fresh.cookies = copy.deepcopy(first.cookies)
        return fresh

    return client


@pytest.fixture
def objects(fund, other_workspace) -> Callable[[Workspace, User], dict[str, str]]:
    """Something of everything that an address can name, in a workspace; public ids by noun."""
    fund(other_workspace, 10)  # so that Charlie could buy what he may
    rate_limits.allow(10_000)
    PricingTier.objects.update(images_in_flight=10_000)

    kinds = ("png", "webp")
    stored = {kind: default_storage.save(f"permissions/a.{kind}", ContentFile(b"bytes")) for kind in kinds}

    def make(workspace: Workspace, user: User) -> dict[str, str]:
        fund(workspace, 30)
        generation = submit(workspace, Order(prompt="a lighthouse", model="gpt-image-2"), source=Source.API)
        generation.images.update(
            status="stored", file=stored["png"], thumbnail=stored["webp"], finished_at=timezone.now()
        )
        image = generation.images.get()
        if not default_storage.exists("a.webp"):
            default_storage.save("a.webp", ContentFile(b"RIFF"))
        purchase = Purchase.objects.create(
            workspace=workspace,
            created_by=user,
            pack_slug="starter",
            pack_name="Starter",
            credits=400,
            amount=1000,
        )
        token, _ = tokens.issue(workspace, name="Some program", scopes=[Scope.IMAGES_READ], user=user)
        reference = Reference.objects.create(
            workspace=workspace,
            file=stored["png"],
            thumbnail=stored["webp"],
            format="png",
            width=64,
            height=64,
            size=5,
            sha256=b"",
        )
        style = authoring.save(workspace, None, StyleContent("{prompt}, calm"), name=f"Style {ids.new()}")
        trial = submit(
            workspace,
            Order(prompt="a lighthouse", model="gpt-image-2", style=style.pk),
            source=Source.TRIAL,
        )
        refused = submit(workspace, Order(prompt="a duel", model="gpt-image-2"), source=Source.API)
        refused.images.update(status="failed", reason="moderation_input", finished_at=timezone.now())
        appealed = submit(workspace, Order(prompt="a duel", model="gpt-image-2"), source=Source.API)
        appealed.images.update(status="failed", reason="moderation_input", finished_at=timezone.now())
        Appeal.objects.create(workspace=workspace, generation=appealed)
        lines = [parsing.ParsedRow("a lighthouse")]
        draft, failed, batch = (drafts.create(workspace, lines) for _ in range(3))
        failed, batch = transitions.cancel(transitions.start(failed)), transitions.start(batch)
        Image.objects.filter(generation__batch=batch).update(
            status="stored", file=stored["png"], thumbnail=stored["webp"], finished_at=timezone.now()
        )
        archive = archives.request_archive(batch)
        Archive.objects.filter(pk=archive.pk).update(status="ready", file=stored["png"], bytes=5)
        guest = User.objects.create_user(f"{ids.new()}@example.com")
        member = Membership.objects.create(workspace=workspace, user=guest, role=Role.MEMBER)
        invitation = invitations.invite(
            workspace, f"{ids.new()}@example.com", Role.VIEWER, by=Membership(user=user, role=Role.ADMIN)
        )
        client = clients.create(workspace, f"Shop {ids.new()}"[:60], by=user)
        clients.fund(client, 5, key=f"fund:{ids.new()}")
        endpoint, _ = endpoints.register(workspace, "http://127.0.0.1:9/", ["*"], is_test=False, by=user)
        priced = OrderPreparer(workspace).prepare(Order(prompt="a lighthouse", model="gpt-image-2"))
        made = {
            "client": client,
            "quote": keep(workspace, priced, token=None, user=user),
            "endpoint": endpoint,
            "delivery": endpoints.send_test(endpoint),
            "purchase": purchase,
            "rehearsed": checkout.start(worlds.for_workspace(workspace), "starter", user=user),
            "token": token,
            "generation": generation,
            "image": image,
            "reference": reference,
            "style": style,
            "draft": draft,
            "failed": failed,
            "batch": batch,
            "archive": archive,
            "trial": trial,
            "refused": refused,
            "appealed": appealed,
            "member": member,
            "invitation": invitation,
        }
        return {noun: one.public_id for noun, one in made.items()}

    return make


@pytest.fixture
def nowhere() -> dict[str, str]:
    """Ids that look right and never were, by noun."""
    prefixes = {
        "client": "clt",
        "quote": "quo",
        "endpoint": "whe",
        "delivery": "dlv",
        "purchase": "pur",
        "rehearsed": "pur",
        "token": "tok",
        "member": "mem",
        "invitation": "inv",
        "generation": "gen",
        "image": "img",
        "reference": "rfe",
        "style": "sty",
        "draft": "bat",
        "failed": "bat",
        "batch": "bat",
        "archive": "arc",
        "trial": "gen",
        "refused": "gen",
        "appealed": "gen",
    }
    return {noun: ids.public(prefix, ids.new()) for noun, prefix in prefixes.items()}
