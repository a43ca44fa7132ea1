"""Whatever is asked of whatever route, the answer is never a fault of ours.

Routes are known from the table and, below `/admin/` and `/accounts/`, from the URL configuration; what each of them
reads is known from watching it. So a new route or parameter is asked without being listed here.
"""

import json
import logging
import re
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client

from api.openai import input_images, parameters, views
from billing.models import CheckoutPause, CreditRequest, Dispute, FraudWarning, RefundRequest
from config.admin.site import READ_ONLY_APPS
from core import ids
from generation.models import EndUser
from tests.permissions import nonsense
from tests.permissions.asker import FORM, JSON, Asker, turns
from tests.permissions.asking import Asked, watched
from tests.permissions.table import ROWS
from tests.permissions.test_matrix import NAMED, routes, undone

SOME = 23
"""`make test` sends one request in so many, each route another part of the nonsense; `make proofs` sends all."""
pytestmark = [
    pytest.mark.django_db,
    # Django's admin reads a day that it is asked for as one without a time zone; in production it says so to the log
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime:RuntimeWarning"),
    pytest.mark.timeout(7200 if nonsense.WHOLE else 300),
]


@pytest.fixture(
    params=[1] if nonsense.WHOLE else [SOME, pytest.param(1, marks=(pytest.mark.proof, pytest.mark.slow))],
    ids=str,
)
def share(request: pytest.FixtureRequest) -> int:
    """One request in so many is sent."""
    return request.param


@pytest.fixture
def asked() -> Iterator[Asked]:
    logging.disable(logging.CRITICAL)
    with watched() as asked:
        yield asked
    logging.disable(logging.NOTSET)


def of(*begins: str):
    """Rows of the table by their address; those of the same verb and address as one that says what any of them says."""
    found = {}
    for row in ROWS:
        if row.address.startswith(begins):
            before = found.get((row.verb, row.address), row)
            found[row.verb, row.address] = replace(before, body=before.body | row.body)
    return found.values()


def said(row, named):
    return json.loads(NAMED.sub(lambda found: named.get(found[1], found[0]), json.dumps(row.body)))


PAGES = {
    "studio": list(of("/studio", "/styles")),
    "others": [row for row in of("/") if not row.address.startswith(("/studio", "/styles", "/api/", "/v1/"))],
    "api": of("/api/"),
}


@pytest.mark.parametrize("part", PAGES)
@pytest.mark.usefixtures("twin_process")
def test_a_page_or_a_resource(part, share, asked, objects, workspace, alice, client_for):
    named = objects(workspace, alice)
    asker = Asker(client_for(alice, raise_request_exception=False), asked, undone, share=share)
    for row in PAGES[part]:
        asker.walk(row.verb, row.address, named, said(row, named))
    assert not asker.faults, asker.told()


@pytest.mark.django_db(transaction=True)  # its threads see what is committed alone
@pytest.mark.usefixtures("twin_process")
def test_an_address_of_openais(share, asked, cast, objects, workspace, alice, monkeypatch):
    monkeypatch.setattr(views, "LONGEST", 0.0)  # nobody makes what is ordered here
    named = objects(workspace, alice)
    client = cast("scoped", "generations:write")
    client.raise_request_exception = False
    asker = Asker(client, asked, nullcontext, share=share)
    fields = frozenset(
        (name,) for name in parameters.EDIT_READERS.keys() | {*input_images.NAMED, input_images.MASK}
    )
    for row in of("/v1/"):
        address = row.address.replace("gpt-image-2", "{model}")
        asker.walk(row.verb, address, {**named, "model": "gpt-image-2"}, said(row, named))
        if row.verb == "POST":
            asker.in_json(row.verb, row.address, {"prompt": "a lighthouse"}, fields)
    assert not asker.faults, asker.told()


def doors(beginning: str):
    """The routes that are in no table, each with an address whose argument is called `one`, and with what is one."""
    for route, view in routes():
        arguments = re.findall(r"<(?:\w+:)?(\w+)>", route)
        if route.startswith(beginning) and "(?P<" not in route:
            yield "/" + re.sub("<[^>]+>", "{one}", route), view, arguments


@pytest.fixture
def office(objects, workspace, alice, operator) -> None:
    """A row of everything that operators act on, beside what the table's addresses name."""
    objects(workspace, alice)
    purchase = workspace.purchases.get()
    Dispute.objects.create(
        stripe_id="dp_1", payment_intent="pi", amount=300, status="needs_response", purchase=purchase
    )
    FraudWarning.objects.create(stripe_id="issfr_1", purchase=purchase, payment_intent="pi", charge="ch_1")
    RefundRequest.objects.create(
        purchase=purchase, request_key="a", amount=300, credits=30, reason="b", asked_by=operator
    )
    CheckoutPause.objects.create(workspace=workspace, declines=3, until=purchase.created_at)
    EndUser.objects.create(identifier="a", workspace=workspace, person=alice)
    CreditRequest.objects.create(
        workspace=workspace, credits=9, reason="b", asked_by=operator, request_key="a"
    )
    Group.objects.create(name="support")


@pytest.mark.usefixtures("office", "twin_process")
def test_a_page_of_operators(share, asked, operator, client_for):
    """Django's own lists and forms are asked for less than what is written here."""
    ours = Asker(
        client_for(operator, raise_request_exception=False), asked, undone, nonsense.SOME, share=share
    )
    djangos = replace(ours, texts=nonsense.KILLERS, alone=(), paths=nonsense.PATHS[:2])
    lists = {f"/{url}": names for url, names in filters()}
    for address, view, arguments in doors("admin/"):
        app, model = ([*address.split("/"), ""])[2:4]
        own = view.__module__.startswith(OURS)
        if not own and not address.endswith(("/add/", "/change/")) and address not in lists:
            continue
        if app in READ_ONLY_APPS and address not in lists:
            continue
        row = apps.get_model(app, model)._default_manager.first() if arguments else None
        assert row or not (own and arguments), f"The test has no row to ask {address} of."
        one = str(row.pk) if row else str(ids.new())
        for verb in ("GET", "POST") if own else ("GET",) if address in lists else ("POST",):
            (ours if own else djangos).walk(verb, address, {"one": one}, {}, lists.get(address, ()))
    assert not ours.faults, ours.told()


OURS = ("accounts.", "billing.", "generation.", "config.")


def filters():
    """What a list of the admin may be narrowed by: Django passes through whatever is in its query."""
    for model, options in admin.site._registry.items():
        names = {"q", "o", "p", "e", "all"}
        for one in options.list_filter:
            name = one[0] if isinstance(one, tuple) else one
            names |= {
                f"{getattr(name, 'parameter_name', name)}__{how}"
                for how in ("exact", "gte", "lt", "isnull", "isempty")
            }
        yield f"admin/{model._meta.app_label}/{model._meta.model_name}/", names


@pytest.mark.parametrize("who", ["anonymous", "alice"])
def test_a_page_of_allauths(who, share, asked, alice, client_for):
    client = (
        client_for(alice, raise_request_exception=False)
        if who == "alice"
        else Client(raise_request_exception=False)
    )
    asker = Asker(client, asked, undone, nonsense.SOME, alone=(), share=share)
    for address, _, arguments in doors("accounts/"):
        assert set(arguments) <= {"pk"}, f"The test does not know how to ask {address}."
        for verb in ("GET", "POST"):
            asker.walk(verb, address, {"one": "1"}, {}, ["next"])
    assert not asker.faults, asker.told()


HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Host", "HX-Current-URL", "HX-Request",
    "HX-Target", "HX-Trigger", "Idempotency-Key", "If-Modified-Since", "If-None-Match", "Last-Event-ID", "Origin", "Prefer",
    "Range", "Referer", "Stripe-Signature", "User-Agent", "X-CreateIO-Seen", "X-CSRFToken", "X-Fal-Webhook-Request-Id",
    "X-Fal-Webhook-Signature", "X-Fal-Webhook-Timestamp", "X-Fal-Webhook-User-Id", "X-Forwarded-For", "X-Forwarded-Proto",
    "X-Request-ID", "X-Stainless-Retry-Count",
)  # fmt: skip
HEADED = (
    ("GET", "/gallery", {}), ("POST", "/studio/quote", {"prompt": "a"}), ("GET", "/files/{image}/original", {}),
    ("GET", "/static/js/components/toast.js", {}), ("GET", "/api/v1/images", {}), ("POST", "/api/v1/quotes", {"prompt": "a"}),
    ("GET", "/api/v1/generations/{generation}/events", {}), ("POST", "/accounts/login/", {"login": "a@example.com"}),
    ("POST", "/verify", {"sha256": "0" * 64}), ("POST", "/fal/webhook", {}), ("GET", "/metrics", {}), ("GET", "/healthz", {}),
    ("POST", "/stripe/webhook/7b1a4c1e-5d0a-4d6f-9a53-0c0ffee51ab1/", {}),
)  # fmt: skip


@pytest.mark.usefixtures("twin_process")
def test_a_header(share, asked, objects, workspace, alice, client_for):
    """Each with each of its kind of nonsense; those that decide whether anything else is looked at alone, too."""
    named = objects(workspace, alice)
    asker = Asker(client_for(alice, raise_request_exception=False), asked, undone, share=share)
    doormen = {"Authorization", "Cookie", "Host", "Origin"}
    rounds = [dict(said) for said in turns(sorted(set(HEADERS) - doormen), nonsense.HEADERS)]
    rounds += [{name: text} for name in doormen for text in nonsense.HEADERS]
    for verb, address, body in HEADED:
        as_json = address.startswith("/api/") and body
        data, kind = (json.dumps(body), JSON) if as_json else (urlencode(body), FORM)
        for headers in rounds:
            asker.send(verb, address.format(**named), data, kind, headers=headers, about=headers)
    assert not asker.faults, asker.told()
