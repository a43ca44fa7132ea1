"""An operator with a customer on the phone: whatever is pasted into the search leads there."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from accounts.models import User
from accounts.operators import search
from core import ids
from tests.operators.conftest import REQUEST, SHA

BIG = {
    "generation_generation", "generation_image", "generation_attempt", "generation_precheck", "billing_transfer",
    "billing_hold", "billing_purchase", "accounts_auditevent",
}  # fmt: skip
"""Tables that grow with every image."""


@pytest.fixture
def desk(operator, client_for):
    return client_for(operator)


def name_of(row):
    return f"{row._meta.app_label}_{row._meta.model_name}"


def page(row):
    """Where a row is shown; None for a table without a list."""
    try:
        return reverse(f"admin:{name_of(row)}_change", args=[row.pk])
    except NoReverseMatch:
        return None


def listed(row, text):
    """Whether a row's list has it for what was typed; without the page around it, which takes a hundred times as long."""
    options, request = admin.site._registry[type(row)], RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    rows, _ = options.get_search_results(request, options.get_queryset(request), text)
    return rows.filter(pk=row.pk).exists()


def shown(world):
    """The rows that have a list of their own; presets alone are in that of styles."""
    return [row for name, row in world.rows.items() if name != "style" and page(row)]


def palette(desk, text):
    answer = desk.get(reverse("admin:search"), {"s": text})
    assert answer.status_code == 200, text
    return answer.text


def test_the_world_has_a_row_of_every_kind(world):
    kinds = {row.public_id[:3] for row in world.rows.values() if hasattr(row, "public_id")}
    assert kinds == set(search.kinds())


def test_every_list_finds_its_rows_by_their_id(desk, world):
    for row in shown(world):
        public = getattr(row, "public_id", str(row.pk))
        answer = desk.get(reverse(f"admin:{name_of(row)}_changelist"), {"q": public})
        assert (answer.status_code, row in answer.context["cl"].result_list) == (200, True), name_of(row)
        assert listed(row, str(row.pk)), name_of(row)


@pytest.mark.parametrize("text", ["alice@example.com", "ALICE@Example.com", "old@example.com", "alice@exam"])
def test_every_list_finds_a_persons_rows_by_their_address(text, world):
    assert not [name_of(row) for row in shown(world) if not listed(row, text)]


def test_every_list_finds_a_workspaces_rows(world):
    rows = [row for row in shown(world) if row not in (world.user, world.address)]
    names = (world.workspace.public_id, "Alice's workspace", "alice")
    assert not [(name_of(row), text) for row in rows for text in names if not listed(row, text)]


@pytest.mark.usefixtures("world")
def test_nothing_of_anybody_else_is_found(world, charlie, other_workspace):
    strangers = (
        charlie.email,
        charlie.public_id,
        other_workspace.public_id,
        "charlie",
        "nobody",
        f"gen_{'7' + 'z' * 25}",
    )
    wrong = [(name_of(row), text) for row in shown(world) for text in strangers if listed(row, text)]
    assert not wrong


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("generation", "image attempt precheck appeal hold transfer workspace user"),
        ("image", "generation attempt precheck appeal"),
        ("purchase", "refund dispute page refund_request workspace user"),
        ("refund", "purchase dispute"),
        ("dispute", "purchase refund"),
        ("appeal", "generation image"),
        ("batch", "archive"),
        ("archive", "batch"),
        ("token", "workspace event"),
        ("membership", "user workspace"),
        ("reference", "workspace"),
        ("user", "workspace purchase generation"),
    ],
)
def test_an_id_finds_what_it_is_about_in_other_lists(text, rows, world):
    public = world.rows[text].public_id
    assert not [name for name in rows.split() if not listed(world.rows[name], public)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("cs_test_a1", "purchase page refund"),
        ("pi_3a", "purchase refund dispute refund_request page"),
        ("ch_3a", "purchase refund dispute"),
        ("re_3a", "refund"),
        ("dp_1a", "dispute"),
        ("cus_1a", "workspace purchase generation wallet"),
        ("pm_1a", "workspace"),
        ("A1B2-0001", "purchase"),
        ("hash-of-alice", "end_user"),
        (REQUEST, "attempt"),
        (SHA, "image"),
        (SHA.upper(), "image"),
    ],
)
def test_ids_of_others(text, rows, desk, world):
    assert not [name for name in rows.split() if not listed(world.rows[name], text)]
    if rows != "workspace purchase generation wallet":
        assert page(world.rows[rows.split()[0]]) in palette(desk, text)


def test_a_token_by_its_beginning_or_pasted_whole(desk, world):
    for text in (world.token.prefix, world.secret, f"Bearer {world.secret}"[7:]):
        assert listed(world.token, text)
        assert page(world.token) in palette(desk, text)
        assert world.secret not in palette(desk, text).replace(f'value="{world.secret}"', "")


def test_the_palette_leads_to_whatever_has_a_public_id(desk, world):
    for row in world.rows.values():
        if hasattr(row, "public_id"):
            where = page(row) if row != world.style else None
            assert (where or page(world.workspace)) in palette(desk, row.public_id), row.public_id


@pytest.mark.parametrize(
    "wrap", ["<{}>", "“{}”", " {} ", "https://example.com/studio/{}?a=b", "{},", "re: {}"]
)
def test_an_id_or_address_is_found_in_what_it_is_wrapped_in(wrap, desk, world):
    assert listed(world.generation, wrap.format(world.generation.public_id))
    assert listed(world.generation, wrap.format(world.generation.public_id.upper()))
    if "://" not in wrap:
        assert page(world.user) in palette(desk, wrap.format("alice@example.com"))


def test_the_palette_finds_by_address_what_an_operator_needs(desk, world):
    found = palette(desk, "alice@example.com")
    wanted = ("user", "workspace", "purchase", "generation", "image", "dispute", "appeal", "token", "wallet")
    assert not [name for name in wanted if page(world.rows[name]) not in found]
    assert found.index(page(world.user)) < found.index(page(world.generation))


@pytest.mark.parametrize(
    "text",
    ["anything", "bo", "purch", "Books", "a" * 5_000, "\0", "(", "%", "_", "gen_", "@", "²", "-" * 300],
)
def test_the_palette_answers_to_any_word(text, desk, world):
    found = palette(desk, text)
    if text in {"purch", "Books"}:
        assert (
            reverse({"purch": "admin:billing_purchase_changelist", "Books": "admin:billing_books"}[text])
            in found
        )


def test_a_request_id_leads_to_what_was_recorded_in_its_minute(desk, world):
    found = palette(desk, ids.public("req", ids.new()))
    address = next(
        one for one in found.split('"') if one.startswith(reverse("admin:generation_generation_changelist"))
    )
    answer = desk.get(address.replace("&amp;", "&"))
    assert world.generation in answer.context["cl"].result_list
    assert "Nothing matched" in palette(desk, f"req_{'7' + 'z' * 25}")


def test_the_palette_shows_only_what_an_operator_may_look_at(world, client_for):
    finn = User.objects.create_user("finn@example.com", "create-with-io", is_staff=True)
    assert "/admin/" not in palette(client_for(finn), "alice@example.com")
    assert "/admin/" not in palette(client_for(finn), ids.public("req", ids.new()))


def test_more_than_a_few_are_behind_a_link(desk, world):
    found = palette(desk, "alice@example.com")
    assert "All transfers for “alice@example.com”" not in found
    for number in range(6):
        world.workspace.audit_events.create(action=f"a.{number}")
    assert "/admin/accounts/auditevent/?q=alice%40example.com" in palette(desk, "alice@example.com")


def test_big_tables_are_searched_by_their_indexes(world, rf, operator):
    """With other ways made dear, PostgreSQL never has to read a whole table."""
    request = rf.get("/admin/")
    request.user = operator
    texts = [getattr(row, "public_id", str(row.pk)) for row in world.rows.values()]
    texts += [
        "alice@example.com",
        "alice",
        "pi_3a",
        "ch_3a",
        "dp_1a",
        "A1B2-0001",
        REQUEST,
        SHA,
        "some words",
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    wrong = []
    for options in admin.site._registry.values():
        table = options.model._meta.db_table
        for text in texts if table in BIG else ():
            rows, _ = options.get_search_results(request, options.get_queryset(request), text)
            plan = "" if rows.query.is_empty() else rows.order_by().explain()
            wrong += [(table, text, line) for line in plan.splitlines() if f"Seq Scan on {table}" in line]
    assert not wrong, wrong
