"""What the pages of batches have in common."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from accounts import ids
from accounts.errors import Refusal
from accounts.requests import MemberRequest
from generation.models import Batch, BatchRow

SECTION = "batches"
"""The stop of the rail that all these pages belong to."""


def found(request: MemberRequest, batch_id: str) -> Batch:
    """The workspace's batch; one that is not there, or not theirs, is not found.

    Raises:
        Http404: neither of both.
    """
    key = ids.parse("bat", batch_id)
    batches = request.workspace.batches.select_related("workspace", "created_by")
    batch = batches.filter(pk=key).first() if key else None
    if batch is None:
        raise Http404
    return batch


def found_row(batch: Batch, position: int) -> BatchRow:
    """A row by its number.

    Raises:
        Http404: the batch has none there.
    """
    row = batch.rows.select_related("generation").filter(position=position).first()
    if row is None:
        raise Http404
    return row


def to(request: MemberRequest, batch: Batch) -> HttpResponse:
    """To the batch's page, for a browser and for htmx."""
    address = reverse("batch", args=[batch.public_id])
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


def refused(request: MemberRequest, batch: Batch, refusal: Refusal) -> HttpResponse:
    """To the batch's page with the sentence; short of credits, with the way to more."""
    said: dict[str, Any] = {"message": refusal.detail}
    if refusal.status == HTTPStatus.PAYMENT_REQUIRED:
        said["message"] += " Buy credits, then start it again: the batch is kept."
    messages.error(request, said["message"])
    return to(request, batch)
