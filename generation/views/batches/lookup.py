"""Lookups and redirects that the pages of batches share."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts.requests import MemberRequest
from core import ids
from core.errors import Refusal
from generation.models import Batch, BatchRow

SECTION = "batches"
"""The navigation entry that all these pages belong to."""


def get_batch(request: MemberRequest, batch_id: str) -> Batch:
    """Return the workspace's batch.

    Raises:
        Http404: it does not exist, or belongs to another workspace.
    """
    key = ids.parse("bat", batch_id)
    batches = request.workspace.batches.select_related("workspace", "created_by")
    batch = batches.filter(pk=key).first() if key else None
    if batch is None:
        raise Http404
    return batch


def get_row(batch: Batch, position: int) -> BatchRow:
    """Return a row by its number.

    Raises:
        Http404: the batch has none there.
    """
    row = batch.rows.select_related("generation").filter(position=position).first()
    if row is None:
        raise Http404
    return row


def redirect_to_batch(request: MemberRequest, batch: Batch) -> HttpResponse:
    """Redirect to the batch's page, for a browser or for htmx."""
    address = reverse("batch", args=[batch.public_id])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def redirect_with_refusal(request: MemberRequest, batch: Batch, refusal: Refusal) -> HttpResponse:
    """Redirect to the batch's page with the refusal; if credits are short, say how to get more."""
    said: dict[str, Any] = {"message": refusal.detail}
    if refusal.status == HTTPStatus.PAYMENT_REQUIRED:
        said["message"] += " Buy credits, then start it again: the batch is kept."
    messages.error(request, said["message"])
    return redirect_to_batch(request, batch)
