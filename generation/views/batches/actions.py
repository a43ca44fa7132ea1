"""Actions on a batch that was started."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core.errors import Refusal
from core.form_targets import takes_forms
from core.inputs import parsing
from generation.batches import retry as batch_retries
from generation.batches import transitions
from generation.errors import BatchNotReady
from generation.models import Batch
from generation.studio.batch_grid import Tile, rows
from generation.views.batches.lookup import SECTION, get_batch, redirect_to_batch, redirect_with_refusal
from generation.views.studio.spending import shown_price


@takes_forms
@require_role(Role.MEMBER)
def pause(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Pause the batch: send nothing more for now."""
    return _act(
        request,
        batch_id,
        transitions.pause,
        "Paused. Images already with the provider will still be delivered.",
    )


@takes_forms
@require_role(Role.MEMBER)
def resume(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Resume the batch."""
    return _act(request, batch_id, transitions.resume, "Resumed.")


@takes_forms
@require_role(Role.MEMBER)
def cancel(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Cancel what is not with the provider yet."""

    def stop(batch: Batch) -> Batch:
        return transitions.cancel(batch, by=request.user)

    return _act(request, batch_id, stop, "Canceled. Images not yet sent are not charged.")


@require_safe
@require_role(Role.MEMBER)
def again(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Show what a retry would make and cost: all that failed, or only `row`, whose prompt can be changed."""
    batch = get_batch(request, batch_id)
    positions = _positions(request.GET.get("row", ""))
    failed = batch_retries.failed_rows(batch, positions)
    if not failed:
        raise Http404
    one = rows(batch).filter(pk=failed[0].pk).first() if positions else None
    retry = batch_retries.plan(batch, failed)
    context = {
        "batch": batch,
        "retry": retry,
        # A row that can't be made as it is may be made with other words, at the price that it had.
        "price": retry.credits or (failed[0].credits or 0 if positions else 0),
        "row": failed[0] if positions else None,
        "tile": Tile(one) if one else None,
    }
    context["section"] = SECTION
    name = "batches/again/dialog.html" if request.htmx else "batches/again/page.html"
    return render(request, name, context)


@takes_forms
@require_role(Role.MEMBER)
def retry(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Order again what failed, at no more than the price that the button showed."""
    batch = get_batch(request, batch_id)
    price = shown_price(request)
    positions = _positions(str(request.POST.get("row", "")))
    try:
        if price is None:
            raise BatchNotReady("The button showed no price yet. Nothing was charged.")
        said = {"prompt": str(request.POST["prompt"])} if positions and "prompt" in request.POST else None
        batch_retries.retry(batch, positions, said=said, user=request.user, max_credits=price)
    except Refusal as refusal:
        return redirect_with_refusal(request, batch, refusal)
    messages.success(request, "On its way again.")
    return redirect_to_batch(request, batch)


def _act(request: MemberRequest, batch_id: str, verb: Callable[[Batch], Batch], words: str) -> HttpResponse:
    batch = get_batch(request, batch_id)
    before = batch.status
    try:
        now = verb(batch)
    except Refusal as refusal:
        return redirect_with_refusal(request, batch, refusal)
    if now.status != before or verb not in {transitions.pause, transitions.resume}:
        messages.success(request, words)
    return redirect_to_batch(request, batch)


def _positions(text: str) -> list[int] | None:
    """Return the requested row as a list; None for all."""
    position = parsing.number(text)
    return None if position is None else [position]
