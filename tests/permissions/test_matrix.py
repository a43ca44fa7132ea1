"""Every route, every verb, everybody."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, resolve
from rest_framework.views import APIView

from core import ids
from tests.permissions.table import CAST, GROUPS, ROWS, Row

pytestmark = pytest.mark.django_db
NAMED = re.compile(r"{(\w+)}")
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")
CHANGES = {"request_id"}
WHERE = "in tests/permissions/table.py: say there who may ask it"


def routes(resolver: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Each route as `resolve` spells it, with its view."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        else:
            yield route, entry.callback


def verbs_of(view: Any) -> list[str]:
    kind = getattr(view, "cls", None)
    if kind is None or not issubclass(kind, APIView):
        return []
    return [verb for verb in VERBS if hasattr(kind, verb.lower())]


def ask(client: Client, row: Row, address: str, ids: dict[str, str]) -> Any:
    """Send the row's request, with the objects named in `ids`."""
    said = json.loads(NAMED.sub(lambda found: ids.get(found[1], found[0]), json.dumps(row.body)))
    if row.verb == "GET":
        return client.get(address, said)
    if address.startswith(("/api/", "/v1/", "/mcp")):
        return client.generic(row.verb, address, json.dumps(said), content_type="application/json")
    return client.post(address, said)


def said(answer: Any) -> Any:
    """The answer without what differs from one request to the next."""
    if "json" in answer.get("Content-Type", ""):
        return {name: value for name, value in answer.json().items() if name not in CHANGES}
    content = answer.content.replace(answer.request["PATH_INFO"].encode(), b"")
    return re.sub(rb'nonce="[^"]*"|[0-9A-Za-z]{64}|(?<=_)[0-9a-z]{8,26}', b"", content)


def test_every_route_is_listed():
    listed = {(resolve(NAMED.sub("x", row.address)).route, row.verb) for row in ROWS}
    known = {route for route, _ in listed}
    missing = []
    for route, view in routes():
        if route.startswith(tuple(GROUPS)):
            continue
        if route not in known:
            missing.append(f"The route {route!r} has no row {WHERE}.")
            continue
        missing += [
            f"{verb} {route!r} has no row {WHERE}." for verb in verbs_of(view) if (route, verb) not in listed
        ]
    assert not missing, "\n".join(missing)


def name(row: Row) -> str:
    return f"{row.verb} {row.address}"


def group(row: Row) -> str:
    """Rows about the same noun are asked one behind the other, of objects that are made once."""
    parts = row.address.strip("/").split("/")
    return parts[2] if row.address.startswith("/api/v1/") else parts[0]


def names_something(row: Row) -> bool:
    return bool(NAMED.search(row.address) or NAMED.search(json.dumps(row.body)))


HERE = [row for row in ROWS if not row.address.startswith("/v1/")]
IN_THREADS = [row for row in ROWS if row.address.startswith("/v1/")]  # they see what is committed alone
NAMING = [row for row in ROWS if names_something(row)]


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done to the database within is undone, so that nobody uses up what the next one reaches for.

    By a savepoint: what is asked for would see a transaction of ours, in which no mail is sent.
    """
    before = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(before)


@pytest.mark.parametrize("noun", sorted({group(row) for row in HERE}))
@pytest.mark.usefixtures("twin_process")
def test_everybody_gets_what_the_table_says(noun, cast, objects, workspace, alice):
    named = objects(workspace, alice)
    wrong = [line for row in HERE if group(row) == noun for line in check(row, cast, lambda: named, undone)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("row", IN_THREADS, ids=name)
@pytest.mark.usefixtures("twin_process")
def test_everybody_gets_what_the_table_says_of_v1(row, cast, objects, workspace, alice):
    assert not check(row, cast, lambda: objects(workspace, alice), nullcontext)


def check(row, cast, objects, apart):
    """What anybody gets that the table does not say."""
    wrong = []
    words = {"ok": row.ok, "own": 404 if names_something(row) else row.ok}
    named = objects()
    for name, expected in zip(CAST, row.who.statuses.split(), strict=True):
        if names_something(row) and row.verb != "GET":
            named = objects()  # the one before may have used it up
        status, client = words.get(expected) or int(expected), cast(name, row.who.scope)
        with apart():
            answer = ask(client, row, row.address.format(**named), named)
            if answer.streaming:
                answer.getvalue()  # a file is closed when it was read
        if answer.status_code != status:
            wrong.append(f"{row.verb} {row.address}: {name} gets {answer.status_code} instead of {status}")
    return wrong


@pytest.mark.parametrize("noun", sorted({group(row) for row in NAMING}))
def test_what_is_not_yours_is_like_what_never_was(
    noun, cast, objects, nowhere, workspace, alice, other_workspace, charlie
):
    ours, theirs = objects(workspace, alice), objects(other_workspace, charlie)
    rows = [row for row in NAMING if group(row) == noun]
    wrong = [line for row in rows for line in compare(row, cast, ours, theirs, nowhere)]
    assert not wrong, "\n".join(wrong)


def compare(row, cast, ours, theirs, nowhere):
    """Where what is somebody else's answers otherwise than what never was."""
    wrong = []
    for name in ("owner", "scoped") if row.address.startswith(("/api/", "/v1/")) else ("owner",):
        # by address and by body in turn: the other one names what is ours, so that it is not what is refused
        places = [(theirs, theirs, nowhere, nowhere)]
        if NAMED.search(row.address) and NAMED.search(json.dumps(row.body)):
            places = [(theirs, ours, nowhere, ours), (ours, theirs, ours, nowhere)]
        for foreign_address, foreign_body, no_address, no_body in places:
            client = cast(name, row.who.scope)
            with undone():
                foreign = ask(client, row, row.address.format(**foreign_address), foreign_body)
                nothing = ask(client, row, row.address.format(**no_address), no_body)
            if foreign.status_code != nothing.status_code or foreign.status_code < 400:
                wrong.append(
                    f"{row.verb} {row.address}: {name} gets {foreign.status_code} and {nothing.status_code}"
                )
            elif said(foreign) != said(nothing):
                wrong.append(f"{row.verb} {row.address}: {name} can tell them apart by the answer")
    return wrong


@pytest.mark.usefixtures("twin_process")
def test_without_fresh_proof_the_way_to_it_is_the_answer(objects, workspace, alice, client_for):
    named = objects(workspace, alice)
    client = client_for(alice)
    wrong = []
    for row in HERE:
        view = resolve(row.address.format(**named)).func
        if getattr(view, "needs_proof", False) != row.proof:
            wrong.append(f"{row.verb} {row.address}: the table and the view disagree about proof")
        if row.proof:
            with undone():
                answer = ask(client, row, row.address.format(**named), named)
            if not answer.headers.get("Location", "").startswith("/accounts/reauthenticate/"):
                wrong.append(f"{row.verb} {row.address} answers {answer.status_code} without proof")
    assert not wrong, "\n".join(wrong)


def test_the_admin_is_for_operators_alone(cast):
    """Every page of it, and every action of ours on a row."""
    addresses = [
        f"/{route}" for route, _ in routes() if route.startswith("admin/") and not re.search(r"[<(^]", route)
    ]
    acts = [
        "/" + re.sub("<[^>]+>", str(ids.NOBODY), route)
        for route, view in routes()
        if route.startswith("admin/")
        and "<" in route
        and view.__module__.startswith(("accounts.", "billing.", "generation."))
    ]
    assert len(addresses) > 20
    assert f"/admin/billing/wallet/{ids.NOBODY}/write_off/" in acts
    for name in CAST:
        if name == "staff":
            continue
        client = cast(name, "")
        for address in {*addresses, *acts} - {"/admin/login/", "/admin/jsi18n/"}:
            status = client.get(address).status_code
            assert status in {302, 403, 404}, f"{name} gets {status} from {address}"
