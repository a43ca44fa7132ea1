"""Endpoints: registered, changed, given new secrets, switched off and deleted."""

from collections.abc import Sequence
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now

from accounts import audit, recipients
from accounts.models import User, Workspace
from api.models import (
    DeliveryStatus,
    DisabledReason,
    EndpointStatus,
    EventStream,
    EventType,
    WebhookDelivery,
    WebhookEndpoint,
)
from api.webhooks import letters, secrets, signing
from api.webhooks.publishing import publish
from core import encryption, mail
from core.database.connections import release_connection
from core.errors import Refusal
from core.safe_addresses import PORTS, AddressRules, LinkRefused, resolve_link

ALL: Final = "*"
MOST: Final = 20
"""Endpoints of a workspace in each mode."""
LOOKUP_SECONDS: Final = 5.0
CHOICES: Final = (ALL, *(one.value for one in EventType if one != EventType.ENDPOINT_TEST))
_ANY_PORT: Final = range(1, 65536)


class EndpointRefused(Refusal):
    """The address can't be an endpoint."""

    code = "endpoint_refused"


class TooManyEndpoints(Refusal):
    """The workspace has as many endpoints as it may have."""

    code = "too_many_endpoints"
    status = 409


class EndpointDisabled(Refusal):
    """Nothing is sent to an endpoint that is disabled."""

    code = "endpoint_disabled"
    status = 409


class EndpointOfOrders(Refusal):
    """What stands for a host of orders has no address, events or secret of its own."""

    code = "endpoint_of_orders"
    status = 409


def rules() -> AddressRules:
    """Return what may be called: public hosts by https, and on a machine of one's own anything."""
    if settings.PRIVATE_ENDPOINTS:
        return AddressRules(
            {"https": _ANY_PORT, "http": _ANY_PORT}, allows=lambda _address: True, is_ours_refused=False
        )
    return AddressRules(PORTS)


def of(workspace: Workspace, *, is_test: bool) -> QuerySet[WebhookEndpoint]:
    """Return a workspace's endpoints of one mode, newest first."""
    return workspace.webhook_endpoints.filter(is_test=is_test, deleted_at=None).order_by("-pk")


def register(
    workspace: Workspace,
    url: str,
    types: Sequence[str],
    *,
    is_test: bool,
    description: str = "",
    by: User | None = None,
    request_key: str | None = None,
) -> tuple[WebhookEndpoint, str]:
    """Register an endpoint. What happens from now on is noted, and kept for 30 days.

    Args:
        workspace: whose events.
        url: where they are sent.
        types: names of events, or `*`.
        is_test: whether it is told of what test tokens do, instead of all else.
        description: what it is for, in the workspace's own words.
        by: the person who registers it; None for a token.
        request_key: natural key of the request: a second one with the same key finds the first one's endpoint.

    Returns:
        The endpoint and its secret, which is not shown again.

    Raises:
        EndpointRefused: its address can't be called.
        TooManyEndpoints: there are `MOST` already.
    """
    if request_key and (made := WebhookEndpoint.objects.filter(request_key=request_key).first()):
        return made, encryption.decrypt(made.secret)
    check(url)
    secret = signing.new_secret()
    with transaction.atomic():
        EventStream.objects.get_or_create(workspace=workspace)
        # Under this lock the count is exact.
        EventStream.objects.select_for_update(no_key=True).get(workspace=workspace)
        if of(workspace, is_test=is_test).filter(for_orders=False).count() >= MOST:
            raise TooManyEndpoints(
                f"A workspace may have {MOST} endpoints. Delete one that is not used any more."
            )
        endpoint = WebhookEndpoint.objects.create(
            workspace=workspace,
            is_test=is_test,
            url=url,
            types=_sorted(types),
            description=description,
            secret=encryption.encrypt(secret),
            created_by=by,
            request_key=request_key,
        )
        _note("created", endpoint, by)
    return endpoint, secret


def change(endpoint: WebhookEndpoint, by: User | None, **changes: Any) -> WebhookEndpoint:
    """Change an endpoint.

    Args:
        endpoint: the endpoint.
        by: the person who does; None for a token.
        changes: any of url, types, description and status.

    Raises:
        EndpointRefused: its new address can't be called.
        EndpointOfOrders: it stands for a host of orders, whose address and events are theirs.
    """
    if {"url", "types"} & changes.keys():
        _refuse_of_orders(endpoint)
    if "url" in changes and changes["url"] != endpoint.url:
        check(changes["url"])
    if "types" in changes:
        changes["types"] = _sorted(changes["types"])
    with transaction.atomic():
        held = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        if changes.get("status") == EndpointStatus.ENABLED:
            changes |= {"disabled_reason": "", "failing_since": None, "warned_at": None}
        elif changes.get("status") == EndpointStatus.DISABLED and held.is_enabled:
            changes["disabled_reason"] = DisabledReason.BY_HAND
        WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None).update(**changes)
        if changes.get("status") == EndpointStatus.DISABLED:
            give_up_waiting(endpoint)
        fresh = WebhookEndpoint.objects.select_related("workspace").get(pk=endpoint.pk)
        _note("changed", fresh, by, status=fresh.status)
    return fresh


def disable(endpoint: WebhookEndpoint, reason: DisabledReason) -> None:
    """Switch off an endpoint that doesn't work, in the caller's transaction, and tell its owners."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk).update(
        status=EndpointStatus.DISABLED, disabled_reason=reason
    )
    give_up_waiting(endpoint)
    _note("disabled", endpoint, None, reason=reason)
    mail.post(letters.DISABLED, recipients.owners(endpoint.workspace), endpoint=str(endpoint.pk))


def rotate(endpoint: WebhookEndpoint, by: User | None) -> str:
    """Give an endpoint a new secret, and return it; the former one signs beside it for 24 hours.

    Raises:
        EndpointOfOrders: the workspace's own secret signs what is sent to it.
    """
    _refuse_of_orders(endpoint)
    with transaction.atomic():
        held = WebhookEndpoint.objects.select_for_update(no_key=True).get(pk=endpoint.pk)
        secret = secrets.replace(held)
        _note("secret_rotated", endpoint, by)
    endpoint.refresh_from_db()
    return secret


def delete(endpoint: WebhookEndpoint, by: User | None) -> None:
    """Delete an endpoint: it is told nothing more, and what waits for it is given up."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk, deleted_at=None).update(deleted_at=Now())
        give_up_waiting(endpoint)
        _note("deleted", endpoint, by)


def send_test(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send a test event to an endpoint, whatever it asked for.

    Raises:
        EndpointDisabled: it is switched off.
        EndpointOfOrders: it has no address of its own to which a test could go.
    """
    _refuse_of_orders(endpoint)
    with transaction.atomic():
        made = publish(
            endpoint.workspace_id,
            EventType.ENDPOINT_TEST,
            [endpoint.pk],
            is_test=endpoint.is_test,
            endpoint=endpoint.pk,
        )
        if not made:
            raise EndpointDisabled(
                "This endpoint is switched off, so nothing is sent to it. Switch it on first."
            )
    return WebhookDelivery.objects.select_related("event").get(pk=made[0])


def give_up_waiting(endpoint: WebhookEndpoint) -> None:
    """Give up what waits for an endpoint; it can still be sent again, and is listed among the events."""
    # Whoever is at one of them notes nothing any more: `tries` is the fence.
    endpoint.deliveries.filter(status=DeliveryStatus.PENDING).update(
        status=DeliveryStatus.FAILED, tries=F("tries") + 1, next_at=None, leased_until=None, ended_at=Now()
    )


def secrets_of(endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that are good now, the newest first.

    Raises:
        NotDecryptableError: no key of ours decrypts the newest.
    """
    if endpoint.for_orders:
        return secrets.of_workspace(endpoint.workspace_id, is_test=endpoint.is_test)
    return secrets.valid(endpoint)


def check(url: str) -> None:
    """Look up an address, and see whether it may be called.

    Raises:
        EndpointRefused: it may not.
    """
    release_connection()
    try:
        resolve_link(url, rules(), LOOKUP_SECONDS)
    except LinkRefused as refused:
        raise EndpointRefused(
            "Webhooks need an address that begins with https:// and names a public host, on port 443 or 8443. "
            "Nothing was changed.",
            param="url",
        ) from refused


def _refuse_of_orders(endpoint: WebhookEndpoint) -> None:
    if endpoint.for_orders:
        raise EndpointOfOrders(
            "This stands for a host that orders named in webhook_url: its addresses are theirs, and the workspace's secret "
            "signs what is sent there. It can only be switched on and off, described and deleted. Nothing was changed."
        )


def _sorted(types: Sequence[str]) -> list[str]:
    return [ALL] if ALL in types else [one for one in CHOICES if one in types]


def _note(verb: str, endpoint: WebhookEndpoint, by: User | None, **detail: Any) -> None:
    audit.record(
        f"webhook_endpoint.{verb}",
        workspace=endpoint.workspace,
        actor=by,
        target=endpoint.public_id,
        detail={"host": endpoint.host, **{name: str(value) for name, value in detail.items()}},
    )
