"""Drafts of batches: their settings, their rows, their start."""

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.batches import drafts
from generation.batches import transitions as verbs
from generation.errors import BatchNotReady
from generation.models import Batch, BatchRow
from generation.studio.batch_editor import batch_editor, page_of, read_settings
from generation.views.batches.lookup import get_batch, get_row, redirect_to_batch, redirect_with_refusal
from generation.views.batches.pages import rows_in
from generation.views.studio.spending import shown_price


@takes_forms
@require_role(Role.MEMBER)
def settings(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Change name and settings; every row is checked again."""
    draft = get_batch(request, batch_id)
    try:
        drafts.update_settings(draft, name=request.POST.get("name"), common=read_settings(request.POST))
    except BatchNotReady as refusal:
        return redirect_with_refusal(request, draft, refusal)
    return _checked(request, draft)


@takes_forms
@require_role(Role.MEMBER)
def read(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Replace the draft's rows."""
    draft = get_batch(request, batch_id)
    try:
        rows = rows_in(request)
        drafts.replace(draft, rows)
    except Refusal as refusal:
        return redirect_with_refusal(request, draft, refusal)
    if rows.note:
        messages.info(request, rows.note)
    return redirect_to_batch(request, draft)


@takes_forms
@require_role(Role.MEMBER)
def fix(request: MemberRequest, batch_id: str, position: int) -> HttpResponse:
    """Correct a row, leave it out (`out` is 1) or include it again (`out` is 0)."""
    draft = get_batch(request, batch_id)
    row = get_row(draft, position)
    try:
        if "out" in request.POST:
            drafts.leave_out(draft, row, out=request.POST["out"] == "1")
        else:
            drafts.correct_row(draft, row, _said(request.POST, row))
    except BatchNotReady as refusal:
        return redirect_with_refusal(request, draft, refusal)
    if not request.htmx:
        return redirect_to_batch(request, draft)
    editor = batch_editor(request.workspace, draft)
    context = {"batch": draft, "row": editor.mendable(row), "editor": editor}
    return render(request, "batches/edit/row_swap.html", context)


@takes_forms
@require_role(Role.MEMBER)
def start(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Order the rows that can be made, at no more than the price that the button showed."""
    draft = get_batch(request, batch_id)
    price = shown_price(request)
    if price is None:
        return redirect_with_refusal(
            request, draft, BatchNotReady("The button showed no price yet. Nothing was charged.")
        )
    try:
        verbs.start(draft, user=request.user, max_credits=price)
    except Refusal as refusal:
        if refusal.code in {"invalid_rows", "max_credits_exceeded"}:
            # Now the rows say what has changed, and the button shows the current price.
            drafts.update_settings(draft)
        return redirect_with_refusal(request, draft, refusal)
    return redirect_to_batch(request, draft)


@takes_forms
@require_role(Role.MEMBER)
def discard(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Delete a draft."""
    draft = get_batch(request, batch_id)
    try:
        drafts.discard(draft)
    except BatchNotReady as refusal:
        return redirect_with_refusal(request, draft, refusal)
    messages.success(request, f"The draft “{draft.name}” was deleted.")
    return redirect("batches")


def _said(form: QueryDict, row: BatchRow) -> dict[str, str]:
    """Read what a row's form says: the nearest value that was chosen, and what stands in its controls."""
    fields = [name for name in form if name in drafts.EDITABLE or name.startswith(drafts.COLUMN)]
    # A control for numbers is empty while it holds something else; the row's own value stands before it then.
    said = {name: next((one for one in reversed(form.getlist(name)) if one), "") for name in fields}
    for one in row.problems:
        if one["nearest"] and form.get("nearest") == one["nearest"]:
            said[one["param"]] = one["nearest"]
    return said


def _checked(request: MemberRequest, draft: Batch) -> HttpResponse:
    if not request.htmx:
        return redirect_to_batch(request, draft)
    draft.refresh_from_db()
    rows, more = page_of(draft, 0)
    context = {
        "batch": draft,
        "rows": rows,
        "more": more,
        "editor": batch_editor(request.workspace, draft),
    }
    return render(request, "batches/edit/checked_swap.html", context)
