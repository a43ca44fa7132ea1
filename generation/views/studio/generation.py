"""Actions on one generation: run it again, cancel it, show it as code."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe
from django_htmx.http import reswap, retarget, trigger_client_event

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from core import ids
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.lifecycle import stopping
from generation.models import Generation
from generation.studio.cards import card
from generation.studio.code_snippets import snippets
from generation.studio.draft import Draft
from generation.views.studio.spending import htmx_status, order_at_shown_price, posted_key


@takes_forms
@require_role(Role.MEMBER)
def again(request: MemberRequest, generation_id: str) -> HttpResponse:
    """Order the same again, at no more than the price that the button showed."""
    generation = _found(request, generation_id)
    try:
        made = order_at_shown_price(request, Draft.from_generation(generation), posted_key(request.POST))
    except Refusal as refusal:
        return _refused(request, generation, refusal)
    if not request.htmx:
        return redirect("studio")
    context = {
        "card": card(request.workspace, made, request.user),
        "wallet": balance.for_workspace(request.workspace),
    }
    return render(request, "studio/generated.html", context)


@takes_forms
@require_role(Role.MEMBER)
def cancel(request: MemberRequest, generation_id: str) -> HttpResponse:
    """Cancel what was not sent yet; it is not charged."""
    generation = _found(request, generation_id)
    stopping.cancel(generation, request.user)
    if not request.htmx:
        return redirect("studio")
    said = {"text": "Canceled. Images not yet sent are not charged."}
    happened = {"studio:refresh": {}, "toast": said}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(happened)})


@require_safe
@require_role(Role.VIEWER)
def code(request: MemberRequest, generation_id: str) -> HttpResponse:
    """Show the generation as cURL, Python and JavaScript: a dialog in Studio, a page of its own elsewhere."""
    generation = _found(request, generation_id)
    name = "studio/code/dialog.html" if request.htmx else "studio/code/page.html"
    context = {"generation": generation, "snippets": snippets(generation), "section": "studio"}
    return render(request, name, context)


def _refused(request: MemberRequest, generation: Generation, refusal: Refusal) -> HttpResponse:
    """Show the refusal, and the card's head again: its price may have changed."""
    if not request.htmx:
        messages.error(request, refusal.detail)
        return redirect("studio")
    context = {"card": card(request.workspace, generation, request.user)}
    response = render(request, "studio/card_head.html", context, status=htmx_status(refusal))
    said = {"text": refusal.detail}
    if refusal.status == 402:  # noqa: PLR2004 -- Payment Required
        said |= {"href": reverse("billing"), "action": "Buy credits"}
    trigger_client_event(response, "toast", said)
    return reswap(retarget(response, f"#{generation.public_id}-head"), "outerHTML")


def _found(request: MemberRequest, generation_id: str) -> Generation:
    key = ids.parse("gen", generation_id)
    generation = request.workspace.generations.filter(pk=key).first() if key else None
    if generation is None:
        raise Http404
    return generation
