"""Downloads of a batch: its zip, and its rows as a table."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import IO, Any

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.handlers.asgi import ASGIRequest
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.access import public, require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from core import ids
from core.errors import Refusal
from core.form_targets import takes_forms
from generation.batches import archives
from generation.batches.archives import CHUNK, slug
from generation.media import storage, urls
from generation.models import Archive, ArchiveStatus
from generation.views.batches.lookup import get_batch, redirect_to_batch, redirect_with_refusal
from generation.views.files import AWAY

ZIP = "application/zip"
NOT_KEPT = "private, no-store"


@takes_forms
@require_role(Role.VIEWER)
def pack(request: MemberRequest, batch_id: str) -> HttpResponseBase:
    """Start packing the images; the page shows when the zip is ready."""
    batch = get_batch(request, batch_id)
    try:
        archives.request_archive(batch, request.user)
    except Refusal as refusal:
        return redirect_with_refusal(request, batch, refusal)
    messages.success(request, "The zip is being packed. You can close this page.")
    return redirect_to_batch(request, batch)


@require_safe
@require_role(Role.VIEWER)
def sheet(request: MemberRequest, batch_id: str) -> HttpResponseBase:
    """Stream the rows with their outcome as CSV. No cell is a formula."""
    batch = get_batch(request, batch_id)
    lines: Any = list(archives.rows_as_csv(batch))
    response = StreamingHttpResponse(
        _later(lines) if isinstance(request, ASGIRequest) else lines, content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = _disposition(f"{slug(batch.name)}.csv")
    return response


@require_safe
@public
def archive(request: HttpRequest, archive_id: str) -> HttpResponseBase:
    """Serve a zip to members of its workspace, or to anyone with a signed address; others get 404."""
    wanted = _wanted(request, archive_id)
    if wanted is None:
        raise Http404
    filename = f"{slug(wanted.batch.name)}.zip"
    disposition = _disposition(filename)
    if settings.STORAGE_SIGNS:
        return HttpResponseRedirect(
            storage.presigned_url(wanted.file, content_type=ZIP, disposition=disposition),
            headers={"Cache-Control": NOT_KEPT},
        )
    try:
        stored: IO[bytes] = default_storage.open(wanted.file)
    except FileNotFoundError:
        raise Http404 from None
    except storage.TROUBLE:
        return HttpResponse(
            AWAY,
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/plain",
            headers={"Retry-After": "5", "Cache-Control": "no-store"},
        )
    headers = {
        "Content-Length": str(wanted.bytes),
        "Cache-Control": NOT_KEPT,
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": disposition,
    }
    if isinstance(request, ASGIRequest):
        return StreamingHttpResponse(_FileIterator(stored), content_type=ZIP, headers=headers)
    return FileResponse(stored, as_attachment=True, filename=filename, content_type=ZIP, headers=headers)


def _disposition(filename: str) -> str:
    """Name a download: letters outside ASCII as RFC 6266 has them."""
    return content_disposition_header(as_attachment=True, filename=filename) or "attachment"


def _wanted(request: HttpRequest, archive_id: str) -> Archive | None:
    key = ids.parse("arc", archive_id)
    if key is None:
        return None
    ready = Archive.objects.select_related("batch").filter(pk=key, status=ArchiveStatus.READY)
    until, signature = request.GET.get("until", ""), request.GET.get("signature", "")
    if not urls.is_signed(archive_id, "zip", until, signature):
        if not request.user.is_authenticated:
            return None
        ready = ready.filter(workspace__memberships__user=request.user)
    return ready.first()


class _FileIterator:
    """A file read piece by piece without blocking the event loop.

    Django calls `close` whatever becomes of the response.
    """

    def __init__(self, stored: IO[bytes]) -> None:
        self._stored = stored

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while piece := await asyncio.to_thread(self._stored.read, CHUNK):
            yield piece

    def close(self) -> None:
        self._stored.close()


async def _later(lines: list[str]) -> AsyncIterator[str]:
    for line in lines:
        yield line
