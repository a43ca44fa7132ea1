"""Batches."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from accounts.models import Scope
from api.idempotency import idempotent
from api.pagination import Page, make_cursor, page_of, read_cursor, read_limit
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.base import Body
from api.serializers.batches import (
    ArchiveSerializer,
    BatchBody,
    BatchRowSerializer,
    BatchSerializer,
    MaxCreditsBody,
    RetryBody,
)
from api.serializers.representations import errors_of, represent_batch, represent_batches
from api.views.base import ApiView, parse_id
from api.views.schema import IDEMPOTENCY_KEY, listed
from api.webhooks import orders
from core.database import keyset
from core.inputs import parsing
from generation.batches import archives, drafts, retry, transitions
from generation.errors import InvalidRows
from generation.media import urls
from generation.models import Archive, ArchiveStatus, Batch
from generation.studio.batch_grid import PAGE, Tile, rows

AFTER = OpenApiParameter(
    "after", int, description="Instead of cursor: only rows after the one with this number."
)


class BatchesView(ApiView):
    """Many prompts, ordered together."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.GENERATIONS_WRITE}

    @listed("batches_list", BatchSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List batches, newest first."""
        page = page_of(request.workspace.batches.all(), request)
        return Response(page.body(represent_batches(page.rows)))

    @extend_schema(
        operation_id="batches_create",
        request=BatchBody,
        responses={202: BatchSerializer, 201: BatchSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @orders.looked_up
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Order up to 1,000 rows with one quote and one hold, or nothing if any row can't be made.

        With `start` false nothing is ordered: the answer is a draft with its price and with what is wrong.
        """
        body = self.body(BatchBody)
        said = body.validated_data
        # A refusal leaves no draft behind.
        with (
            transaction.atomic(),
            orders.noted(request.workspace, said["webhook_url"], is_test=request.is_test) as bring,
        ):
            batch = drafts.create(
                request.workspace,
                body.batch_rows(),
                name=said["name"],
                common=body.common(),
                external_id=said["external_id"],
                metadata=said["metadata"],
                user=request.member,
                token=request.token,
            )
            bring(batch.pk)
            if not said["start"]:
                return Response(represent_batch(batch), status=201)
            _refuse_faulty(batch)
            batch = transitions.start(
                batch, user=request.member, token=request.token, max_credits=said["max_credits"]
            )
        return Response(
            represent_batch(batch), status=202, headers={"Location": f"/api/v1/batches/{batch.public_id}"}
        )


class BatchView(ApiView):
    """One batch."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "DELETE": Scope.GENERATIONS_WRITE}

    @extend_schema(operation_id="batches_get", responses=BatchSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show how a batch stands."""
        return Response(represent_batch(_one(request, id)))

    @extend_schema(operation_id="batches_delete", responses={204: None})
    def delete(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Delete a draft; what was ordered stays."""
        drafts.discard(_one(request, id))
        return Response(status=204)


class BatchRowsView(ApiView):
    """The rows of a batch."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ}

    @listed("batches_rows", BatchRowSerializer, AFTER)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """List ordered rows with their images, in order; 96 by default."""
        batch, size, position = _one(request, id), read_limit(request, PAGE), _position(request)
        page = keyset.cut(rows(batch).filter(position__gt=position), size)
        for row in page.rows:
            row.made_images = [shot.image for shot in Tile(row).shots]  # type: ignore[attr-defined]
        data = BatchRowSerializer(page.rows, many=True).data
        return Response(
            Page(page.rows, make_cursor(request, str(page.last.position) if page.last else None)).body(data)
        )


class BatchVerbView(ApiView):
    """An action on a batch as a whole."""

    scopes: ClassVar[Needs] = {"POST": Scope.GENERATIONS_WRITE}

    def act(self, request: ApiRequest, public_id: str, verb: Callable[[Batch], Batch]) -> Response:
        """Do it, and show how the batch stands then."""
        self.body(Body)
        return Response(represent_batch(verb(_one(request, public_id))))


class BatchStartView(BatchVerbView):
    """Ordering a draft."""

    @extend_schema(
        operation_id="batches_start",
        request=MaxCreditsBody,
        responses={202: BatchSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Order a draft's rows; those that can't be made are left out."""
        body = self.body(MaxCreditsBody)
        started = transitions.start(
            _one(request, id), user=request.member, token=request.token, **body.validated_data
        )
        return Response(represent_batch(started), status=202)


class BatchPauseView(BatchVerbView):
    """Pausing a batch."""

    @extend_schema(
        operation_id="batches_pause", request=None, responses=BatchSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Send nothing more for now."""
        return self.act(request, id, transitions.pause)


class BatchResumeView(BatchVerbView):
    """Resuming a batch."""

    @extend_schema(
        operation_id="batches_resume", request=None, responses=BatchSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Resume after a pause."""
        return self.act(request, id, transitions.resume)


class BatchCancelView(BatchVerbView):
    """Canceling a batch."""

    @extend_schema(
        operation_id="batches_cancel", request=None, responses=BatchSerializer, parameters=[IDEMPOTENCY_KEY]
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Make nothing more: what is not with the provider yet is not made and not charged."""
        return self.act(request, id, lambda batch: transitions.cancel(batch, by=request.member))


class BatchRetryView(BatchVerbView):
    """Ordering failed images again."""

    @extend_schema(
        operation_id="batches_retry",
        request=RetryBody,
        responses={202: BatchSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Order what failed again, at the current price; what was made is not made again."""
        body = self.body(RetryBody)
        again = retry.retry(
            _one(request, id),
            body.validated_data["rows"],
            user=request.member,
            token=request.token,
            max_credits=body.validated_data["max_credits"],
        )
        return Response(represent_batch(again), status=202)


class BatchArchiveView(ApiView):
    """The zip of a batch."""

    scopes: ClassVar[Needs] = {"GET": Scope.IMAGES_READ, "POST": Scope.IMAGES_READ}

    @extend_schema(operation_id="batches_archive_get", responses=ArchiveSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the newest zip of a batch."""
        archive = archives.current(_one(request, id))
        if archive is None:
            raise Http404
        return Response(_archive(archive))

    @extend_schema(
        operation_id="batches_archive_create",
        request=None,
        responses={202: ArchiveSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Pack all images made so far in the background; GET says when the zip is ready."""
        self.body(Body)
        return Response(_archive(archives.request_archive(_one(request, id), request.member)), status=202)


def _position(request: ApiRequest) -> int:
    """Return the number of the row behind which the page begins."""
    if "cursor" in request.query_params and "after" in request.query_params:
        raise ValidationError({"after": ["Send cursor or after, not both."]})
    text = request.query_params.get("after", "0")
    position = parsing.number(text)
    if position is None:
        # It took cursors before there was a parameter for them.
        return int(read_cursor(request, "after") or 0)
    return int(read_cursor(request) or position)


def _refuse_faulty(batch: Batch) -> None:
    faulty = list(batch.rows.exclude(error=""))
    if faulty:
        first = faulty[0]
        raise InvalidRows(
            f"{len(faulty):,} of the rows can't be made; row {first.position}: {first.error} Nothing was charged.",
            param="rows",
            errors=errors_of(faulty),
        )


def _archive(archive: Archive) -> Any:
    ready = archive.status == ArchiveStatus.READY
    archive.url = urls.signed_archive_url(archive.public_id) if ready else None  # type: ignore[attr-defined]
    return ArchiveSerializer(archive).data


def _one(request: ApiRequest, public_id: str) -> Batch:
    found = request.workspace.batches.select_related("workspace")
    return get_object_or_404(found, pk=parse_id("bat", public_id))
