"""The Generate button, which spends credits."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, reswap, retarget

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from core import ids
from core.errors import KeyReused, Refusal
from core.form_targets import takes_forms
from generation.errors import FileRefused
from generation.media.concurrency import SlotsBusy
from generation.references import library
from generation.studio.cards import card
from generation.studio.draft import Draft
from generation.views.studio.page import DRAFT, composer_context, refused_page
from generation.views.studio.spending import htmx_status, order_at_shown_price, posted_key

KEY_SPENT = (
    "Your last click went through after all: its images are in the strip. "
    "Nothing more was charged; press again to make these too."
)


@takes_forms
@require_role(Role.MEMBER)
def generate(request: MemberRequest) -> HttpResponse:
    """Order what the composer holds, at no more than the price that its button showed.

    The response is the new card for the strip, with a button for the next request. A refusal is shown as a
    sentence at the button; what was typed stays.
    """
    draft, key = Draft.read(request.POST), posted_key(request.POST)
    try:
        draft = _with_upload(request, draft)
        generation = order_at_shown_price(request, draft, key)
    except SlotsBusy as busy:
        response = _refused(request, draft, busy, key)
        response.status_code, response["Retry-After"] = busy.status, busy.headers["Retry-After"]
        return response
    except KeyReused:
        return _refused(request, draft, KeyReused(KEY_SPENT), ids.new().hex)
    except Refusal as refusal:
        return _refused(request, draft, refusal, key)
    request.session.pop(DRAFT, None)
    if not request.htmx:
        return redirect("studio")
    context = {
        "card": card(request.workspace, generation, request.user),
        "wallet": balance.for_workspace(request.workspace),
        **composer_context(request.workspace, draft),
    }
    return render(request, "studio/generated.html", context)


@takes_forms
@require_role(Role.MEMBER)
def buy(request: MemberRequest) -> HttpResponse:
    """Redirect to the packs, keeping the draft for the way back; one that is larger than any order is refused."""
    draft = Draft.read(request.POST)
    try:
        draft.check_size()
    except Refusal as refusal:
        return _refused(request, draft, refusal, posted_key(request.POST))
    request.session[DRAFT] = draft.as_json()
    composer = composer_context(request.workspace, draft)["composer"]
    short = composer.short if composer else 0
    packs = f"{reverse('billing')}{f'?need={short}' if short else ''}"
    return HttpResponseClientRedirect(packs) if request.htmx else redirect(packs)


def _with_upload(request: MemberRequest, draft: Draft) -> Draft:
    """Add an uploaded file to the draft, for browsers whose script has not sent it before."""
    came = [(name, file) for name, files in request.FILES.lists() for file in files]
    if not came:
        return draft
    if len(came) > 1 or came[0][0] != "upload":
        raise FileRefused(
            "Only one image can be sent with the order. Nothing was charged; add the others one by one first.",
            param="upload",
        )
    reference = library.upload(request.workspace, came[0][1], request.user)
    return replace(draft, references=(*draft.references, reference.public_id))


def _refused(request: MemberRequest, draft: Draft, refusal: Refusal, key: str) -> HttpResponse:
    status = htmx_status(refusal)
    context = composer_context(request.workspace, draft, request_key=key, refusal=refusal)
    if not request.htmx:
        return refused_page(request, context, status)
    response = render(request, "studio/composer/generate.html", context, status=status)
    return reswap(retarget(response, "#generate"), "outerHTML")
