"""Addresses that orders bring, to have their own events sent to: checked, noted with the order, and forgotten after it."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from rest_framework.response import Response

from accounts.models import Workspace
from api.models import DisabledReason, EndpointStatus, EventStream, OrderAddress, WebhookEndpoint
from api.requests import ApiRequest
from api.webhooks import endpoints
from core.database import portions
from core.safe_addresses import LinkRefused, read_link

KEPT: Final = timedelta(days=90)
"""How long an order's address is kept: a batch may pause for weeks, and its failed rows may be ordered again."""
MOST: Final = 100
"""Hosts of orders in each mode."""
PARAM: Final = "webhook_url"
_BRING: Final = (Path(__file__).parents[1] / "sql" / "bring_address.sql").read_text(encoding="utf-8")


class TooManyHosts(endpoints.TooManyEndpoints):
    """Orders of the workspace named addresses on as many hosts as they may."""

    code = "too_many_webhook_hosts"


def looked_up(handler: Callable[..., Response]) -> Callable[..., Response]:
    """Have a view look up the address in a body before its transaction begins; what else is wrong with it, the view says."""

    @wraps(handler)
    def answer(view: Any, request: ApiRequest, *args: Any, **kwargs: Any) -> Response:
        url = request.data.get(PARAM) if isinstance(request.data, Mapping) else None
        if isinstance(url, str) and url.strip():
            look_up(request.workspace, url, is_test=request.is_test)
        return handler(view, request, *args, **kwargs)

    return answer


def look_up(workspace: Workspace, url: str, *, is_test: bool) -> None:
    """Look up the host of an address that an order brings, unless it is known; without a connection or a lock held.

    Raises:
        EndpointRefused: it can't be called.
        TooManyHosts: the workspace has had `MOST` hosts within 90 days.
    """
    origin = _origin(url)
    if _hosts(workspace, is_test=is_test).filter(url=origin).exists():
        return
    try:
        endpoints.check(url)
    except endpoints.EndpointRefused as refused:
        raise _refused() from refused
    _remember(workspace, origin, is_test=is_test)


@contextmanager
def noted(workspace: Workspace, url: str, *, is_test: bool) -> Iterator[Callable[[uuid.UUID], None]]:
    """Commit an order together with the address that it brings; without one there is nothing to do.

    Yields:
        What notes the address, to be called with the id of the generation or batch.

    Raises:
        EndpointDisabled: a member switched its host off, or deleted it since it was looked up.
    """
    if not url:
        yield lambda _subject: None
        return
    with transaction.atomic():
        host = _host(workspace, _origin(url), is_test=is_test)
        yield lambda subject: _bring(subject, host, url)


def forget() -> int:
    """Forget addresses of orders after 90 days, and hosts that no order names any more; return how many addresses."""
    gone = portions.delete(OrderAddress.objects.filter(created_at__lte=Now() - KEPT))
    with transaction.atomic():
        unused = WebhookEndpoint.objects.filter(
            ~Exists(OrderAddress.objects.filter(endpoint=OuterRef("pk"))),
            for_orders=True,
            deleted_at=None,
            created_at__lte=Now() - KEPT,
        )
        # Whoever notes an order's address holds its host; what was noted until here is seen by the second look.
        keys = list(unused.select_for_update().values_list("pk", flat=True)[:1000])
        unused.filter(pk__in=keys).update(deleted_at=Now())
    return gone


def _host(workspace: Workspace, origin: str, *, is_test: bool) -> WebhookEndpoint:
    """Return what stands for a host that was looked up."""
    host = _hosts(workspace, is_test=is_test).filter(url=origin).first()
    if host is None:
        raise _deleted()
    if host.disabled_reason == DisabledReason.BY_HAND:
        raise endpoints.EndpointDisabled(
            f"Webhooks of orders to {host.host} were switched off. Switch them on at Developers, Webhooks, or leave out "
            f"{PARAM}. Nothing was charged.",
            param=PARAM,
        )
    if not host.is_enabled:
        # It failed for days, and somebody counts on it anew.
        endpoints.change(host, None, status=EndpointStatus.ENABLED)
    return host


def _bring(subject: uuid.UUID, host: WebhookEndpoint, url: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_BRING, {"subject": subject, "endpoint": host.pk, "url": url})
        is_noted = cursor.rowcount == 1
    # A request that is resumed finds the address that it has noted before.
    if not is_noted and not OrderAddress.objects.filter(subject=subject).exists():
        raise _deleted()


def _deleted() -> endpoints.EndpointDisabled:
    return endpoints.EndpointDisabled(
        f"The host of {PARAM} was deleted at Developers, Webhooks, just now. Nothing was charged; try again.",
        param=PARAM,
    )


def _origin(url: str) -> str:
    try:
        return read_link(url, endpoints.rules()).origin
    except LinkRefused as refused:
        raise _refused() from refused


def _remember(workspace: Workspace, origin: str, *, is_test: bool) -> WebhookEndpoint:
    with transaction.atomic():
        EventStream.objects.get_or_create(workspace=workspace)
        # Under this lock the count is exact.
        EventStream.objects.select_for_update(no_key=True).get(workspace=workspace)
        known = _hosts(workspace, is_test=is_test)
        if host := known.filter(url=origin).first():
            return host
        if known.count() >= MOST:
            raise TooManyHosts(
                f"Orders may name addresses on {MOST} hosts. Delete one at Developers, Webhooks, or register an endpoint for "
                "all of them. Nothing was charged.",
                param=PARAM,
            )
        return WebhookEndpoint.objects.create(
            workspace=workspace, is_test=is_test, for_orders=True, url=origin, types=[], secret=b""
        )


def _hosts(workspace: Workspace, *, is_test: bool) -> QuerySet[WebhookEndpoint]:
    return endpoints.of(workspace, is_test=is_test).filter(for_orders=True).select_related("workspace")


def _refused() -> endpoints.EndpointRefused:
    return endpoints.EndpointRefused(
        "Webhooks need an address that begins with https:// and names a public host, on port 443 or 8443. Nothing was charged.",
        param=PARAM,
    )
