"""The gallery of the workspace's images."""

from datetime import date, datetime, timedelta, tzinfo
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.database import keyset
from core.database.keyset import KeysetPage
from core.wording import day
from gallery import search
from gallery.filters import SHAPES, Filters
from gallery.models import Favorite
from generation.catalog import cache
from generation.models import Image
from generation.studio.frames import Frame

PAGE = 48
SPANS = {"Today": 0, "Last 7 days": 6, "Last 30 days": 29, "Last year": 364}


@require_safe
@require_role(Role.VIEWER)
def gallery(request: MemberRequest) -> HttpResponse:
    """Show the newest images that fit the filters, or the page after the image `after`.

    `from` begins the list at an image, for returning to the same position.
    """
    filters = Filters.read(request.GET)
    starred = Favorite.objects.filter(user=request.user, image=OuterRef("pk"))
    zone = request.time_zone
    found: QuerySet[Image] = search.images(request.workspace, filters, request.user, zone).select_related(
        "generation"
    )
    found = found.annotate(is_favorite=Exists(starred))
    if newer := ids.parse("img", request.GET.get("newer", "")):
        page = keyset.before(found, PAGE, newer)
        return render(request, "gallery/tiles.html", _tiles(filters, page, zone, upwards=True))
    after, start = (ids.parse("img", request.GET.get(name, "")) for name in ("after", "from"))
    page = keyset.page(found, PAGE, after=after, start=start)
    context = _tiles(filters, page, zone, last=request.GET.get("day", ""))
    if request.htmx and after:
        return render(request, "gallery/tiles.html", context)
    context |= _controls(filters, zone)
    if start and page.rows:
        context["newer"] = f"{reverse('gallery')}{filters.query(newer=page.rows[0].public_id)}"
    if request.htmx:
        response = render(request, "gallery/results.html", context)
        return push_url(response, f"{reverse('gallery')}{filters.query()}")
    return render(request, "gallery/gallery.html", context)


def _tiles(
    filters: Filters, page: KeysetPage[Image], zone: tzinfo, *, last: str = "", upwards: bool = False
) -> dict[str, Any]:
    """Tiles by the reader's day; a day that the page before has begun gets no second heading."""
    today = datetime.now(zone).date()
    days = [
        (date_made, [Frame(image, image.generation) for image in images])
        for date_made, images in groupby(
            page.rows, key=lambda image: image.created_at.astimezone(zone).date()
        )
    ]
    here = reverse("gallery")
    context: dict[str, Any] = {
        "days": days,
        "begun": last,
        "query": filters.query(),
        "today": today,
        "yesterday": today - timedelta(days=1),
    }
    if upwards:
        first = page.rows[0] if page.has_more else None
        context["newer"] = f"{here}{filters.query(newer=first.public_id)}" if first else ""
    elif page.last:
        more = filters.query(after=page.last.public_id, day=days[-1][0].isoformat())
        context["more"] = f"{here}{more}"
    return context


def _controls(filters: Filters, zone: tzinfo) -> dict[str, Any]:
    today = datetime.now(zone).date()
    models = list(cache.load().models.values())
    spans = {label: today - timedelta(days=days) for label, days in SPANS.items()}
    return {
        "filters": filters,
        "models": models,
        "model": next((one for one in models if one.slug == filters.model), None),
        "shapes": SHAPES,
        "shape": SHAPES.get(filters.shape, ""),
        "spans": spans,
        "span": _span(filters, spans),
    }


def _span(filters: Filters, spans: dict[str, date]) -> str:
    """Put the dates of a filter into words."""
    if not filters.until:
        known = {since: label for label, since in spans.items()}
        return known.get(filters.since, f"Since {day(filters.since)}") if filters.since else ""
    if filters.since == filters.until:
        return day(filters.until)
    until = day(filters.until)
    return f"{day(filters.since)} to {until}" if filters.since else f"Until {until}"
