"""Pages of batches: the list, a new one, a running one."""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import balance
from core import ids
from core.database import keyset
from core.errors import Refusal
from core.inputs import parsing
from generation.batches import archives, drafts
from generation.batches import parsing as batch_parsing
from generation.batches.parsing import ParsedRows
from generation.batches.progress import STATES, counts, progress
from generation.errors import InvalidRows
from generation.models import Batch
from generation.studio.batch_editor import batch_editor, page_of, read_settings
from generation.studio.batch_grid import changed, tiles
from generation.views.batches.lookup import SECTION, get_batch

PAGE = 20
LATEST = 2**33
"""Largest accepted time in seconds of the epoch: a few centuries."""
OVERLAP = timedelta(seconds=5)
"""How far a poll reaches back before the last one: longer than a transaction takes to become visible."""


@require_safe
@require_role(Role.VIEWER)
def batches(request: MemberRequest) -> HttpResponse:
    """List the workspace's batches, newest first; with `after` only the next page."""
    listed = request.workspace.batches.select_related("created_by")
    after = ids.parse("bat", request.GET.get("after", ""))
    page = keyset.page(listed, PAGE, after=after)
    states = counts(page.rows)
    context = {
        "batches": [(batch, states[batch.pk]) for batch in page.rows],
        "more": page.last.public_id if page.last else "",
    }
    name = "batches/entries.html" if request.htmx and after else "batches/batches.html"
    return render(request, name, context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MEMBER)
def new(request: MemberRequest) -> HttpResponse:
    """Show the page for a new batch; posted lines or a file become a draft with a page of its own."""
    if request.method != "POST":
        context = {"editor": batch_editor(request.workspace), "section": SECTION}
        return render(request, "batches/edit/page.html", context)
    try:
        rows = rows_in(request)
        made = drafts.create(
            request.workspace,
            rows,
            name=name_in(request) or f"Batch of {datetime.now(request.time_zone):%-d %B}",
            common=read_settings(request.POST),
            user=request.user,
        )
    except Refusal as refusal:
        context = {
            "editor": batch_editor(request.workspace),
            "refused": refusal,
            "lines": request.POST.get("lines", ""),
            "section": SECTION,
        }
        return render(request, "batches/edit/page.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if rows.note:
        messages.info(request, rows.note)
    return redirect("batch", made.public_id)


@require_safe
@require_role(Role.VIEWER)
def batch(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Show a draft to correct and start, or a batch with its grid; with `after` only the next rows."""
    shown = get_batch(request, batch_id)
    position = parsing.number(request.GET.get("after", "")) or 0
    if shown.is_draft:
        return _draft(request, shown, position)
    state = request.GET.get("state", "")
    page, more = tiles(shown, state=state, after=position)
    context = {"batch": shown, "tiles": page, "more": more, "state": state if state in STATES else ""}
    if request.htmx and position:
        return render(request, "batches/tiles.html", context)
    context |= {**standing(shown), "states": list(STATES), "section": SECTION}
    return render(request, "batches/batch.html", context)


@require_safe
@require_role(Role.VIEWER)
def live(request: MemberRequest, batch_id: str) -> HttpResponse:
    """Show what has changed since `since` (seconds of the epoch), to be merged by ids."""
    shown = get_batch(request, batch_id)
    if shown.is_draft:
        return redirect("batch", shown.public_id)
    since = _moment(request.GET.get("since", ""))
    state = request.GET.get("state", "")
    context = {
        "batch": shown,
        "state": state if state in STATES else "",
        "tiles": changed(shown, since - OVERLAP),
        "wallet": balance.for_workspace(request.workspace),
        **standing(shown),
    }
    return render(request, "batches/live.html", context)


def standing(batch: Batch) -> dict[str, Any]:
    """Return the progress of a started batch, and its zip."""
    archive = archives.current(batch)
    figures = progress(batch)
    return {
        "progress": figures,
        "archive": archive,
        "now": int(timezone.now().timestamp()),
        "busy": batch.is_under_way or (archive is not None and archive.status in {"queued", "building"}),
    }


def rows_in(request: MemberRequest) -> ParsedRows:
    """Read the rows from a form: from its file or from its lines.

    Raises:
        InvalidRows: they can't be parsed, or there are several files, or a file and lines.
        SlotsBusy: too many workbooks are being read right now.
    """
    files, lines = request.FILES.getlist("file"), "\n".join(request.POST.getlist("lines"))
    if len(files) > 1:
        raise InvalidRows(
            f"A batch is read from one file, and these are {len(files)}. Nothing was read; put their rows in one file, "
            "or make a batch of each.",
            param="file",
        )
    if not files:
        return batch_parsing.from_lines(lines)
    if lines.strip():
        raise InvalidRows(
            "There are lines and a file. Nothing was read; empty the lines, or leave out the file.",
            param="file",
        )
    file = files[0]
    return batch_parsing.from_file(file.read(batch_parsing.MAX_BYTES + 1), whose=request.workspace.pk)


def name_in(request: MemberRequest) -> str:
    """Return the name in a form, or else the name of its file."""
    named = str(request.POST.get("name", "")).strip()
    file = request.FILES.get("file")
    return named or (str(file.name).rpartition(".")[0].replace("-", " ").capitalize() if file else "")


def _draft(request: MemberRequest, draft: Batch, after: int) -> HttpResponse:
    rows, more = page_of(draft, after)
    context = {"batch": draft, "rows": rows, "more": more, "section": SECTION}
    if request.htmx and after:
        return render(request, "batches/edit/rows.html", context)
    context["editor"] = batch_editor(request.workspace, draft)
    return render(request, "batches/edit/page.html", context)


def _moment(text: str) -> datetime:
    seconds = parsing.number(text, most=LATEST)
    return datetime.fromtimestamp(seconds, UTC) if seconds else timezone.now() - timedelta(minutes=1)
