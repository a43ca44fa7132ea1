"""Every list and page of the admin answers to whatever stands in its address, and no two items of the menu are lit."""

import html
import re
from contextlib import contextmanager

import pytest
from django.contrib import admin
from django.db import models, transaction
from django.test import RequestFactory
from django.urls import reverse

from config.admin.lists import DEEPEST, WHOLE, BoundedPaginator
from config.admin.unfold import UNFOLD
from core import ids
from generation.models import Generation
from tests.permissions.test_matrix import routes

pytestmark = [
    pytest.mark.django_db,
    # Django reads a day in a list's address as one without a time zone; in production it says so to the log.
    pytest.mark.filterwarnings("ignore:DateTimeField .* received a naive datetime:RuntimeWarning"),
]
LONG = "9" * 5_000
PLAIN = (
    ("p", "9" * 30), ("p", "9999999"), ("p", "-1"), ("p", "²"), ("p", LONG), ("o", LONG), ("o", "99.-99.x"), ("o", "-"), ("e", "x"), ("all", ""),
    ("_facets", "x"), ("_popup", "1"), ("_to_field", "x"), ("q", "a\0b"), ("q", "(" * 3_000), ("q", "'\""), ("q", LONG), ("q", "²"),
    ("q", "a@b"), ("q", "\\"), ("q", "%_"), ("q", f"gen_7{'z' * 25}"), ("q", "gen_"), ("q", "a " * 300), ("", "x"), ("__", "x"), ("nonsense__x", "x"),
    ("pk", "x"), ("pk__in", "x"), ("pk__a__b", "x"), ("\0", "x"), ("_changelist_filters", "%"), ("password__startswith", "p"),
    ("workspace__memberships__user__password__startswith", "p"),
)  # fmt: skip
"""Asked of every list."""
KINDS = {
    models.DateField: (
        ("year", "99999"), ("year", "-1"), ("year", "0"), ("year", "x"), ("date__year", "999999"), ("gte", "9999-12-31"), ("gte", "0001-01-01"), ("gte", "²"),
        ("range", "1"), ("gte", "9999-12-31T23:59:59-23:00"), ("isnull", "x"),
    ),
    models.IntegerField: (("exact", LONG), ("exact", "²"), ("gt", "9" * 30), ("in", "1,x"), ("range", "1"), ("isnull", "2"), ("exact", "1e999")),
    models.CharField: (("regex", "("), ("exact", "a\0b"), ("range", "a"), ("search", "!&|"), ("trigram_similar", "x"), ("unaccent", "x")),
    models.UUIDField: (("exact", "x"), ("in", "x"), ("gt", "x"), ("startswith", "x"), ("range", "1")),
    models.BooleanField: (("exact", "maybe"), ("in", "x"), ("isnull", "x")),
    models.ForeignKey: (("exact", "x"), ("id__exact", "x"), ("nothing", "x"), ("gt", "9" * 60), ("id__year", "x")),
    models.GenericIPAddressField: (("exact", "x"), ("gt", "["), ("contains", "%")),
    models.BinaryField: (("exact", "x"), ("gt", "[")),
    models.Field: (("exact", "x"), ("gt", "["), ("contains", "{"), ("has_key", "\0"), ("0_99999999999999", "x"), ("overlap", "x")),
}  # fmt: skip
"""Asked of one field of each kind in every list: a lookup and its value."""
SHARE = 41
"""`make test` asks one in so many of each list, each list others; `make proofs` asks all."""


@pytest.fixture
def browser(operator, client_for):
    return client_for(operator, raise_request_exception=False)


@pytest.fixture(
    params=[SHARE, pytest.param(1, marks=[pytest.mark.proof, pytest.mark.slow, pytest.mark.timeout(1800)])]
)
def share(request):
    return request.param


@contextmanager
def undone():
    before = transaction.savepoint_create()
    yield
    transaction.savepoint_rollback(before)


def queries(model, options):
    """What a list is asked: for itself, for a field of each kind, and for each of its filters."""
    yield from PLAIN
    seen = set()
    for field in model._meta.concrete_fields:
        asked = next(asked for kind, asked in KINDS.items() if isinstance(field, kind))
        if asked not in seen:
            yield from ((f"{field.name}__{lookup}", value) for lookup, value in asked)
        seen.add(asked)
    for one in options.list_filter:
        name = one[0] if isinstance(one, tuple) else getattr(one, "parameter_name", one)
        yield from (
            (name, "x"),
            (f"{name}__exact", "a\0b"),
            (f"{name}__isempty", "x"),
            (f"{name}__gte", LONG),
        )


def test_no_list_fails_at_what_stands_in_its_address(share, browser):
    faults, number = [], 0
    for model, options in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for name, value in queries(model, options):
            number += 1
            if number % share == 0:
                with undone():
                    status = browser.get(address, {name: value}).status_code
                if status not in {200, 302, 400, 403}:
                    faults.append(f"{status} {address}?{name}={value:.40}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "query",
    [
        {"created_at__year": "99999"},
        {"created_at__year": "0"},
        {"created_at__gte": "²"},
        {"credits__range": "1"},
        {"prompt__regex": "("},
    ],
)
def test_what_can_not_be_read_shows_the_whole_list_and_says_so(query, browser, workspace, world):
    answer = browser.get(reverse("admin:generation_generation_changelist"), query, follow=True)
    assert answer.status_code == 200
    assert WHOLE in html.unescape(answer.text)
    assert world.generation in answer.context["cl"].result_list


def test_a_list_pages_and_counts_no_deeper_than_it_says(django_assert_max_num_queries):
    pages = BoundedPaginator(Generation.objects.all(), 50)
    with django_assert_max_num_queries(1) as asked:
        assert pages.num_pages == 1
    assert f"LIMIT {DEEPEST}" in asked.captured_queries[0]["sql"]


def test_a_long_list_says_that_there_is_more(browser, workspace, monkeypatch):
    monkeypatch.setattr("config.admin.lists.DEEPEST", 2)
    for number in range(3):
        workspace.audit_events.create(action=f"a.{number}")
    answer = browser.get(reverse("admin:accounts_auditevent_changelist"))
    assert "2 or more" in answer.text
    assert len(answer.context["cl"].result_list) >= 2


NONSENSE = ("nonsense", "%00", "9" * 300, str(ids.NOBODY), "a/b")
DJANGOS = ("/change/", "/delete/", "/history/", "/password/")
"""Lead back to the start with a sentence where there is no row."""


def custom():
    """The addresses of ours below `/admin/` that name a row, with how the row is called there."""
    for route, view in routes():
        ours = view.__module__.startswith(("accounts.", "billing.", "generation.", "config."))
        if route.startswith("admin/") and ours and "<" in route and not route.endswith(DJANGOS):
            yield "/" + re.sub("<[^>]+>", "{}", route)


def test_no_row_is_not_found(operator, client_for):
    browser = client_for(operator, proven=True, raise_request_exception=False)
    addresses = list(custom())
    assert len(addresses) > 12
    wrong = [
        f"{status} {verb} {address}"
        for pattern in addresses
        for address in map(pattern.format, NONSENSE)
        for verb in ("get", "post")
        if (status := getattr(browser, verb)(address).status_code) != 404
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("verb", ["change", "history", "delete"])
def test_no_row_of_djangos_own_pages_is_no_fault(verb, browser):
    wrong = []
    for model in admin.site._registry:
        for text in ("²", "9" * 40):
            with undone():
                address = reverse(
                    f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}", args=[text]
                )
                status = browser.get(address).status_code
            wrong += [f"{status} {address}"] if status >= 500 else []
    assert not wrong, "\n".join(wrong)


def lit(path, user):
    request = RequestFactory().get(path)
    request.user = user
    menu = admin.site.get_sidebar_list(request)
    return [item["title"] for group in menu for item in group["items"] if item["active"]]


def test_one_item_of_the_menu_is_lit(operator):
    pages = [
        f"/{route}" for route, _ in routes() if route.startswith("admin/") and not re.search(r"[<(^]", route)
    ]
    found = {page: lit(page, operator) for page in sorted(set(pages))}
    assert not [(page, titles) for page, titles in found.items() if len(titles) > 1]
    titles = [item["title"] for group in UNFOLD["SIDEBAR"]["navigation"] for item in group["items"]]
    assert {one for found_titles in found.values() for one in found_titles} == set(titles)


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("billing/reconciliation/", "Proofs"),
        ("billing/reconciliation/books/", "Books"),
        ("billing/reconciliation/books/days/", "Books"),
        ("generation/attempt/", "Attempts"),
        ("generation/attempt/costs/", "Costs and margins"),
        ("generation/imagemodel/x/change/", "Models and prices"),
        ("billing/wallet/x/write_off/", "Wallets"),
        ("", "Dashboard"),
    ],
)
def test_a_page_below_a_list_lights_its_own_item_alone(page, title, operator):
    assert lit(f"/admin/{page}", operator) == [title]
