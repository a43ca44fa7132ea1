"""Drafts of batches: their settings, their rows, their start."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from accounts.access import require_role
from accounts.errors import Refusal
from accounts.models import Role
from accounts.requests import MemberRequest
from generation import batch_drafts
from generation import batches as verbs
from generation.batch_editor import batch_editor, page_of, read_settings
from generation.errors import BatchNotReady
from generation.models import Batch
from generation.views.batch_found import found, found_row, refused, to
from generation.views.batches import rows_in
from generation.views.spending import shown_price


@require_POST
@require_role(Role.MEMBER)
def settings(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Change name and settings; every row is checked again."""
    draft = found(request, batch_id)
    try:
        batch_drafts.change(draft, name=request.POST.get("name"), common=read_settings(request.POST))
    except BatchNotReady as refusal:
        return refused(request, draft, refusal)
    return _checked(request, draft)


@require_POST
@require_role(Role.MEMBER)
def read(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Replace the draft's rows."""
    draft = found(request, batch_id)
    try:
        batch_drafts.replace(draft, rows_in(request))
    except Refusal as refusal:
        return refused(request, draft, refusal)
    return to(request, draft)


@require_POST
@require_role(Role.MEMBER)
def fix(request: MemberRequest, batch_id: str, position: int) -> HttpResponse:
    """Correct a row, leave it out (`out` is 1) or include it again (`out` is 0)."""
    draft = found(request, batch_id)
    row = found_row(draft, position)
    try:
        if "out" in request.POST:
            batch_drafts.leave_out(draft, row, out=request.POST["out"] == "1")
        else:
            said = {name: str(request.POST[name]) for name in batch_drafts.EDITABLE if name in request.POST}
            if "nearest" in request.POST and row.param in batch_drafts.EDITABLE:
                said[row.param] = str(request.POST["nearest"])
            batch_drafts.fix(draft, row, said)
    except BatchNotReady as refusal:
        return refused(request, draft, refusal)
    if not request.htmx:
        return to(request, draft)
    context = {"batch": draft, "row": row, "editor": batch_editor(request.workspace, draft)}
    return render(request, "batches/edit/row_swap.html", context)


@require_POST
@require_role(Role.MEMBER)
def start(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Order the rows that can be made, at no more than the price that the button showed."""
    draft = found(request, batch_id)
    price = shown_price(request)
    if price is None:
        return refused(request, draft, BatchNotReady("The button showed no price yet. Nothing was charged."))
    try:
        verbs.start(draft, user=request.user, max_credits=price)
    except Refusal as refusal:
        if refusal.code in {"invalid_rows", "max_credits_exceeded"}:
            # Now the rows say what has changed, and the button shows the current price.
            batch_drafts.change(draft)
        return refused(request, draft, refusal)
    return to(request, draft)


@require_POST
@require_role(Role.MEMBER)
def discard(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Delete a draft."""
    draft = found(request, batch_id)
    try:
        batch_drafts.discard(draft)
    except BatchNotReady as refusal:
        return refused(request, draft, refusal)
    messages.success(request, f"The draft “{draft.name}” is deleted.")
    return redirect("batches")


def _checked(request: MemberRequest, draft: Batch) -> HttpResponse:
    if not request.htmx:
        return to(request, draft)
    draft.refresh_from_db()
    rows, more = page_of(draft, 0)
    context = {
        "batch": draft,
        "rows": rows,
        "more": more,
        "editor": batch_editor(request.workspace, draft),
    }
    return render(request, "batches/edit/checked_swap.html", context)
