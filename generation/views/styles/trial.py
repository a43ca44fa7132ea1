"""Trials of a style: the words that it would send, and a test image."""

from http import HTTPStatus

from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import push_url, reswap, retarget, trigger_client_event

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from core import ids
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.errors import MaxCreditsExceeded
from generation.models import Source, Style
from generation.orders.preparation import OrderPreparer
from generation.orders.submit import submit
from generation.studio.frames import Frame
from generation.studio.style_editor import editor_for, trial_order
from generation.studio.style_form import StyleForm
from generation.styles import authoring
from generation.styles.queries import find
from generation.views.studio.spending import PriceChanged, htmx_status, posted_key, request_key, shown_price


@takes_forms
@require_role(Role.VIEWER)
def sent(request: MemberRequest) -> HttpResponse:
    """Show the words that the form would send and the price of a test image, with the fields that changed."""
    form = StyleForm.read(request.POST)
    editor = editor_for(request.workspace, form, _known(request, form))
    context = {
        "editor": editor,
        "request_key": posted_key(request.POST),
        "new_slots": form.slots_shown != editor.slot_names,
        "new_model": form.model_shown != editor.model.slug,
    }
    return render(request, "styles/edit/sent_swap.html", context)


@takes_forms
@require_role(Role.MEMBER)
def try_out(request: MemberRequest) -> HttpResponse:
    """Make one image with the form as it is, saved or not, at no more than the price that the button showed."""
    form, key = StyleForm.read(request.POST), posted_key(request.POST)
    known = _known(request, form)
    shown = shown_price(request)
    try:
        if shown is None:
            raise PriceChanged("The button showed no price yet, so nothing was charged. Press again.")
        # A refused order leaves no draft behind.
        with transaction.atomic():
            version = authoring.try_out(
                request.workspace, known, form.wording, name=form.name, user=request.user
            )
            generation = submit(
                request.workspace,
                trial_order(version, form.subject, OrderPreparer(request.workspace)),
                user=request.user,
                source=Source.TRIAL,
                request_key=request_key(request.user, key),
                max_credits=shown,
            )
    except MaxCreditsExceeded as exceeded:
        return _refused(
            request, PriceChanged(f"It costs {exceeded.extra['credits']} credits now, not {shown}.")
        )
    except Refusal as refusal:
        return _refused(request, refusal)
    image = generation.images.get()
    context = {
        "trial": Frame(image, generation),
        "style": version.style,
        "wallet": balance.for_workspace(request.workspace),
        "request_key": ids.new().hex,
    }
    response = render(request, "styles/edit/tried.html", context)
    return response if known else push_url(response, reverse("style", args=[version.style.public_id]))


@require_safe
@require_role(Role.VIEWER)
def trial(request: MemberRequest, generation_id: str) -> HttpResponse:
    """Show the test image's state; the page polls until it is finished."""
    key = ids.parse("gen", generation_id)
    found = request.workspace.generations.filter(source=Source.TRIAL).select_related("style_version")
    generation = found.filter(pk=key).first() if key else None
    if generation is None:
        raise Http404
    image = generation.images.get()
    context = {
        "trial": Frame(image, generation),
        "wallet": balance.for_workspace(request.workspace),
        "asked": True,
    }
    return render(request, "styles/edit/trial.html", context)


def _known(request: MemberRequest, form: StyleForm) -> Style | None:
    if not form.style:
        return None
    try:
        return find(request.workspace, form.style, own=request.path == reverse("style_try"))
    except Refusal:
        raise Http404 from None


def _refused(request: MemberRequest, refusal: Refusal) -> HttpResponse:
    status = htmx_status(refusal)
    response = HttpResponse(status=status)
    said = {"text": refusal.detail}
    if refusal.status == HTTPStatus.PAYMENT_REQUIRED:
        said |= {"href": reverse("billing"), "action": "Buy credits"}
    trigger_client_event(response, "toast", said)
    return reswap(retarget(response, "#trial"), "none")
