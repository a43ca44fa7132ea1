"""Appeals against a refusal: a dialog in Studio and in batches, a page of its own elsewhere."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.errors import Refusal
from generation.moderation import appeals
from generation.studio.cards import Card, cards, generations

THANKS = "A person will look at it. The answer will come by email."


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MEMBER)
def appeal(request: MemberRequest, generation_id: str) -> HttpResponse:
    """Show the form, or the state of the appeal; make the appeal on POST."""
    card = _found(request, generation_id)
    if request.method == "POST":
        return _made(request, card)
    name = "studio/appeal/dialog.html" if request.htmx else "studio/appeal/page.html"
    return render(request, name, {"card": card, "most": appeals.LONGEST, "section": "studio"})


def _made(request: MemberRequest, card: Card) -> HttpResponse:
    said, refused = THANKS, False
    try:
        appeals.appeal(card.generation, str(request.POST.get("sentence", "")), user=request.user)
    except Refusal as refusal:
        said, refused = refusal.detail, True
    if request.htmx:
        happened = {"close-dialog": {}, "studio:refresh": {}, "toast": {"text": said}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(happened)})
    (messages.error if refused else messages.success)(request, said)
    return redirect("studio_appeal", card.generation.public_id)


def _found(request: MemberRequest, generation_id: str) -> Card:
    """Return the card of a generation of the workspace that moderation stopped in whole or in part.

    Raises:
        Http404: there is none of that id.
    """
    key = ids.parse("gen", generation_id)
    found = generations(request.workspace, request.user).filter(pk=key).first() if key else None
    card = cards(request.workspace, [found])[0] if found else None
    if card is None or card.moderated is None:
        raise Http404
    return card
