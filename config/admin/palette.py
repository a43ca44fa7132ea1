"""The command palette (⌃K): pages of the menu, and rows by any id, address or name, each list's latest first."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.db.models import ForeignKey, Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from unfold.dataclasses import SearchResult

from accounts.models import Workspace
from accounts.operators import search
from config.admin.lists import ListMixin
from config.admin.unfold import UNFOLD
from core import ids

EACH = 5
"""Rows of one list; a link leads to the others."""
FOREIGN_APPS = {"djstripe", "procrastinate", "account", "mfa", "usersessions", "auth"}
"""Their rows are found in their own lists: what they are about has a row of ours."""
ORDER = (
    "accounts.user", "accounts.workspace", "billing.wallet", "billing.purchase", "billing.refund", "billing.dispute",
    "generation.generation", "generation.image", "generation.appeal", "accounts.apitoken",
)  # fmt: skip
"""Lists whose rows come first, in the order in which an operator needs them; the audit trail comes last."""
REQUEST = re.compile(r"req_[0-9a-z]{26}")
AROUND = dt.timedelta(minutes=1)


def results(site: AdminSite, request: HttpRequest, text: str) -> list[SearchResult]:
    """Return what a text leads to, what it names itself first."""
    term = search.term_of(request, text)
    found = [*_pages(site, request, text), *_request(site, request, text)]
    lists = [
        (model, cast("ListMixin", options))
        for model, options in site._registry.items()  # noqa: SLF001 -- as Django's own views read it
        if model._meta.app_label not in FOREIGN_APPS and options.has_view_permission(request)  # noqa: SLF001 -- documented
    ]
    kind = search.kinds().get(term.prefix)
    lists.sort(key=lambda one: _place(one[0], kind))
    for model, options in lists:
        found.extend(_rows(request, model, options, term, text))
    return found


def _place(model: type[Model], kind: type[Model] | None) -> int:
    """Return where a list's rows come: what the id names, then `ORDER`, then the others, the audit trail last."""
    label = model._meta.label_lower  # noqa: SLF001 -- Django's documented API
    if model is kind:
        return -1
    return ORDER.index(label) if label in ORDER else len(ORDER) + (label == "accounts.auditevent")


def _pages(site: AdminSite, request: HttpRequest, text: str) -> Iterator[SearchResult]:
    """Find pages of the menu, and lists that are not in it, by their names."""
    wanted, seen = text.lower(), set()
    for group in UNFOLD["SIDEBAR"]["navigation"]:
        for item in group["items"]:
            permission, link = item.get("permission"), str(item["link"])
            if wanted in item["title"].lower() and (permission is None or permission(request)):
                seen.add(link)
                yield SearchResult(item["title"], str(group.get("title", "Page")), link, item["icon"])
    for app in site.get_app_list(request):
        for one in app["models"]:
            link = one["admin_url"] or ""
            if wanted in str(one["name"]).lower() and link and link not in seen:
                yield SearchResult(str(one["name"]), str(app["name"]), link, "tag")


def _rows(
    request: HttpRequest,
    model: type[Model],
    options: ListMixin,
    term: search.Term,
    text: str,
) -> Iterator[SearchResult]:
    condition = search.condition(options, options.own_fields(request), term)
    if not condition:
        return
    meta = model._meta  # noqa: SLF001 -- Django's documented API
    one, many = str(meta.verbose_name).capitalize(), str(meta.verbose_name_plural)
    related = [field.name for field in meta.concrete_fields if isinstance(field, ForeignKey)]
    rows = options.get_queryset(request).filter(condition).order_by("-pk")
    found = list((rows.select_related(*related) if related else rows)[: EACH + 1])
    name = f"admin:{meta.app_label}_{meta.model_name}"
    for row in found[:EACH]:
        link = reverse(f"{name}_change", args=[row.pk])
        yield SearchResult(str(row), " · ".join((one, *_about(row))), link, "data_object")
    if len(found) > EACH:
        link = f"{reverse(f'{name}_changelist')}?{urlencode({'q': text})}"
        yield SearchResult(f"All {many} for “{text}”", "List", link, "list")


def _about(row: Any) -> Iterator[str]:
    """Say whose a row is, how it stands and when it began, where it has that."""
    if not isinstance(row, Workspace) and (workspace := getattr(row, "workspace", None)):
        yield str(workspace)
    if hasattr(row, "get_status_display"):
        yield row.get_status_display()
    if when := getattr(row, "created_at", None):
        yield f"{when.astimezone(dt.UTC):%-d %B %Y, %H:%M} UTC"


def _request(site: AdminSite, request: HttpRequest, text: str) -> Iterator[SearchResult]:
    """Lead from the id of a request, which the log alone holds, to what was recorded in its minute."""
    found = REQUEST.search(text.lower())
    key = ids.parse("req", found[0]) if found else None
    moment = _moment(key) if key else None
    if moment is None or found is None:
        return
    span = {"created_at__gte": (moment - AROUND).isoformat(), "created_at__lt": (moment + AROUND).isoformat()}
    said = f"{moment:%-d %B %Y, %H:%M:%S} UTC; the log has the request by {found[0]}"
    for model in ("generation.generation", "billing.purchase", "accounts.auditevent"):
        app, _, name = model.partition(".")
        if request.user.has_perm(f"{app}.view_{name}"):
            link = f"{reverse(f'{site.name}:{app}_{name}_changelist')}?{urlencode(span)}"
            title = {"generation": "Generations", "purchase": "Purchases"}.get(name, "Audit trail")
            yield SearchResult(f"{title} around that request", said, link, "history")


def _moment(key: uuid.UUID) -> dt.datetime | None:
    """Read the time in a UUIDv7 (RFC 9562, section 5.7); None if it is none of this century."""
    seconds = (key.int >> 80) / 1_000
    if not 946_684_800 < seconds < timezone.now().timestamp() + 86_400:  # noqa: PLR2004 -- the year 2000
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
