"""Webhook endpoints for people: the list, one endpoint with what was sent to it, and its forms."""

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.auth import reauthentication
from accounts.models import Role
from accounts.requests import MemberRequest
from accounts.worlds import worlds
from api.models import EndpointStatus, WebhookDelivery, WebhookEndpoint
from api.pages.forms import EndpointForm, NewEndpointForm, SecretForm
from api.views.base import parse_id
from api.webhooks import endpoints, history, secrets, sending
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.form_targets import takes_forms

LIST, ONE = "developers/webhooks/list.html", "developers/webhooks/endpoint.html"
PAGE = 25


@require_safe
@require_role(Role.ADMIN)
def list_endpoints(request: MemberRequest) -> HttpResponse:
    """List the workspace's endpoints, and offer a new one."""
    return render(request, LIST, _all(request))


@never_cache
@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def create(request: MemberRequest) -> HttpResponse:
    """Register an endpoint and show its secret this once."""
    form = NewEndpointForm(request.POST)
    if form.is_valid():
        said, live = form.cleaned_data, request.live_workspace
        try:
            made, secret = endpoints.register(
                worlds.for_workspace(live) if said["is_test"] else live,
                said["url"],
                said["types"],
                is_test=said["is_test"],
                description=said["description"],
                by=request.user,
            )
        except Refusal as refusal:
            form.add_error("url" if refusal.param == "url" else None, refusal.detail)
        else:
            return render(request, ONE, _one(request, made) | {"secret": secret})
    return render(request, LIST, _all(request) | {"form": form, "open": True}, status=422)


@never_cache
@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def renew_secret(request: MemberRequest) -> HttpResponse:
    """Make a new secret of the workspace, and show it this once."""
    form = SecretForm(request.POST)
    is_test = form.is_valid() and form.cleaned_data["is_test"]
    live = request.live_workspace
    where = worlds.for_workspace(live) if is_test else live
    secret, _ = secrets.renew_of_workspace(where, request.user, is_test=is_test)
    return render(request, LIST, _all(request) | {"secret": secret})


@require_safe
@require_role(Role.ADMIN)
def show(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Show an endpoint, what was sent to it, and one delivery of these."""
    return render(request, ONE, _one(request, _get(request, endpoint)))


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def save(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Change the address, the events or the description."""
    found, form = _get(request, endpoint), EndpointForm(request.POST)
    if form.is_valid():
        try:
            endpoints.change(found, request.user, **form.cleaned_data)
        except endpoints.EndpointOfOrders as refusal:
            messages.error(request, refusal.detail)
            return redirect("developers_webhook", endpoint)
        except Refusal as refusal:
            form.add_error("url" if refusal.param == "url" else None, refusal.detail)
        else:
            messages.success(request, "Saved. It holds from the next delivery on.")
            return redirect("developers_webhook", endpoint)
    return render(request, ONE, _one(request, found) | {"form": form}, status=422)


@takes_forms
@require_role(Role.ADMIN)
def switch(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Switch an endpoint on or off."""
    found = _get(request, endpoint)
    to = EndpointStatus.DISABLED if found.is_enabled else EndpointStatus.ENABLED
    endpoints.change(found, request.user, status=to)
    on = "It is on: it is told of what happens from now on."
    messages.success(request, on if to == EndpointStatus.ENABLED else "It is off: nothing is sent to it.")
    return redirect("developers_webhook", endpoint)


@takes_forms
@require_role(Role.ADMIN)
def test(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Send a test to an endpoint."""
    try:
        delivery = endpoints.send_test(_get(request, endpoint))
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("developers_webhook", endpoint)
    messages.success(request, "A test is on its way.")
    return _to_delivery(endpoint, delivery.public_id)


@never_cache
@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def rotate(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Make a new secret, and show it this once."""
    found = _get(request, endpoint)
    try:
        secret = endpoints.rotate(found, request.user)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("developers_webhook", endpoint)
    return render(request, ONE, _one(request, found) | {"secret": secret})


@takes_forms
@require_role(Role.ADMIN)
@reauthentication.required
def delete(request: MemberRequest, endpoint: str) -> HttpResponse:
    """Delete an endpoint."""
    found = _get(request, endpoint)
    endpoints.delete(found, request.user)
    messages.success(request, f"{found.url} is told nothing any more.")
    return redirect("developers_webhooks")


@takes_forms
@require_role(Role.ADMIN)
def send_again(request: MemberRequest, endpoint: str, delivery: str) -> HttpResponse:
    """Send a delivery again, under the same id."""
    sent = history.deliveries(_get(request, endpoint))
    try:
        sending.send_again(get_object_or_404(sent, pk=parse_id("dlv", delivery)))
    except Refusal as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "It is sent again, under the same id.")
    return _to_delivery(endpoint, delivery)


def _to_delivery(endpoint: str, delivery: str) -> HttpResponse:
    response = redirect("developers_webhook", endpoint)
    response["Location"] += f"?delivery={delivery}#record"
    return response


def _of_both_worlds(request: MemberRequest) -> QuerySet[WebhookEndpoint]:
    live = request.live_workspace
    both = Q(workspace=live) | Q(workspace__live=live)
    return WebhookEndpoint.objects.filter(both, deleted_at=None)


def _get(request: MemberRequest, public_id: str) -> WebhookEndpoint:
    found = _of_both_worlds(request)
    return get_object_or_404(found.select_related("workspace", "created_by"), pk=parse_id("whe", public_id))


def _all(request: MemberRequest) -> dict[str, object]:
    mine = list(_of_both_worlds(request).order_by("is_test", "-pk"))
    found, none = history.pulses(mine), history.Pulse()
    for one in mine:
        one.pulse = found.get(one.pk, none)  # type: ignore[attr-defined] # for the page alone
    return {
        "endpoints": [one for one in mine if not one.for_orders],
        "hosts": [one for one in mine if one.for_orders],
        "secret_form": SecretForm(auto_id="secret_%s"),
        "form": NewEndpointForm(initial={"types": [endpoints.ALL], "is_test": request.workspace.is_test}),
    }


def _one(request: MemberRequest, endpoint: WebhookEndpoint) -> dict[str, object]:
    sent = history.deliveries(endpoint)
    after = ids.parse("dlv", request.GET.get("after", ""))
    page = keyset.page(sent, PAGE, after=after)
    opened = sent.filter(pk=ids.parse("dlv", request.GET.get("delivery", "")) or ids.NOBODY).first()
    return {
        "endpoint": endpoint,
        "deliveries": history.with_tries(page.rows),
        "older": page.last.public_id if page.last else "",
        "record": _record(opened),
        "told_of": [] if endpoint.types == [endpoints.ALL] else endpoint.types,
        "form": EndpointForm(
            initial={"url": endpoint.url, "description": endpoint.description, "types": endpoint.types}
        ),
    }


def _record(delivery: WebhookDelivery | None) -> dict[str, object] | None:
    """Return a delivery with its tries, and what was sent and answered in the last one."""
    if delivery is None:
        return None
    (delivery,) = history.with_tries([delivery])
    return {
        "delivery": delivery,
        "tries": delivery.known_tries,  # type: ignore[attr-defined] # read by `with_tries`
        "last": delivery.attempts.order_by("-number").first(),
        "is_waiting": delivery.status == WebhookDelivery.Status.PENDING,
    }
