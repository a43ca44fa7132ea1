"""Running one image in a worker, from its claim to its outcome."""

import asyncio
import functools
import logging
import time
import uuid

from django.db import Error

from core.database.asynchronous import (
    in_db_thread,
    retry_while_unavailable,
    run_for_job,
    run_for_job_with_retries,
)
from core.outputs import log_context, tracing
from generation.events import publishing
from generation.lifecycle import claims, retry_policy, traces
from generation.lifecycle.claims import ClaimedImage, ParkedImage
from generation.media import inspection
from generation.media import storage as image_storage
from generation.media.executors import in_image_thread, in_storage_thread
from generation.media.inspection import WrongImage
from generation.media.storage import StorageError
from generation.models import Image, ImageStatus, Outcome, Reason
from generation.models.attempt import Blame
from generation.providers import registry
from generation.providers.contract import DeliveredImage, ProviderCall, ProviderFailure, UpstreamRequest
from generation.providers.memory_slots import MemorySlot
from generation.worker import admission, leases, outcomes, precheck
from generation.worker.precheck import Unchecked
from generation.worker.store_watch import is_away, park, store_watch

_log = logging.getLogger(__name__)


async def run_image(image_id: uuid.UUID) -> None:
    """Make an image: claim it, call its provider, and record the outcome.

    Running twice does no harm: the second run finds nothing to claim. If a shutdown stops it, the image goes back
    to waiting; if the process is killed, the sweeper does that.
    """
    log_context.bind(image=image_id)
    asked = traces.Moment()
    work = await _claim(image_id)
    if work is None:
        return
    log_context.bind(workspace=work.workspace, generation=work.generation, attempt=work.attempt)
    traces.record_claim(work, asked)
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs is in a task"
    renewer = leases.lease_renewer()
    renewer.add(work.attempt, task)
    lost = False
    try:
        try:
            with traces.attempt(work):
                await _make(work)
        finally:
            lost = renewer.drop(work.attempt)
    except asyncio.CancelledError:
        if task.uncancel() and not lost:
            raise
        words = "Lost" if lost else "Stopped"
        stopped = ProviderFailure(
            Reason.TIMEOUT, Outcome.UNKNOWN, words, paid=True, runs_on=True, blame=Blame.NOBODY
        )
        await asyncio.shield(run_for_job_with_retries(work.workspace, outcomes.record_failed, work, stopped))


async def _claim(image_id: uuid.UUID) -> ClaimedImage | None:
    """Claim the image, after its prompt was checked if operators want that."""
    found = await retry_while_unavailable(lambda: in_db_thread(claims.find)(image_id))
    if found is None:
        return None
    image = found.image
    # Before our own check, too, which reads references.
    if not await store_watch().works():
        await run_for_job_with_retries(image.workspace_id, park, image_id)
        return None
    if found.is_unchecked and not await precheck.check_before_claim(Unchecked(image_id, image.generation)):
        return None
    taken = await run_for_job_with_retries(image.workspace_id, claims.take, found)
    if isinstance(taken, ParkedImage):
        admission.admission_timer().expect(taken.provider, taken.seconds)
    return taken if isinstance(taken, ClaimedImage) else None


async def _make(work: ClaimedImage) -> None:
    previews, slot = _Previews(work), MemorySlot()
    try:
        try:
            delivery = await _call(work, previews, slot)
        finally:
            await previews.close()
    except ProviderFailure as failure:
        slot.leave()
        await run_for_job_with_retries(work.workspace, outcomes.record_failed, work, failure)
        return
    except asyncio.CancelledError:
        slot.leave()
        raise
    slot.keep()
    stopping = asyncio.Event()
    finishing = asyncio.create_task(_deliver(work, delivery, slot, stopping))
    finishing.add_done_callback(lambda _: slot.leave())
    try:
        await asyncio.shield(finishing)
    except asyncio.CancelledError:
        # It was paid for and takes a second: a shutdown waits for it, but not for a store that is away.
        stopping.set()
        await finishing
        raise


async def _deliver(
    work: ClaimedImage, delivery: DeliveredImage, slot: MemorySlot, stopping: asyncio.Event
) -> None:
    """Inspect, store and charge the image that the provider returned, if the model that was ordered has made it."""
    if not work.may_be_made_by(delivery.model):
        words = f"{delivery.model[:120]} answered instead of {work.upstream_model}"
        other = _undelivered(delivery, Reason.WRONG_OUTPUT, words)
        await run_for_job_with_retries(work.workspace, outcomes.record_made_by_another, work, other)
        return
    try:
        with tracing.span("verify"):
            inspected = await in_image_thread(inspection.inspect)(delivery.data, work.ordered)
    except WrongImage as wrong:
        await run_for_job_with_retries(
            work.workspace,
            outcomes.record_failed,
            work,
            _undelivered(delivery, Reason.WRONG_OUTPUT, str(wrong)),
        )
        return

    async def store() -> outcomes.StoredFile:
        try:
            with tracing.span("store"):
                return await in_storage_thread(_store_file)(work, delivery.data, inspected.format)
        except StorageError:
            # Held for minutes, perhaps: others need the slot to finish, and their number is bounded by the calls under way.
            slot.leave()
            raise

    # Where the provider keeps the image, another attempt fetches it for nothing.
    until = time.monotonic() if delivery.is_kept else work.began + retry_policy.TOTAL.total_seconds()
    try:
        files = await store_watch().store(store, until, stopping)
    except StorageError as fault:
        failure = _undelivered(delivery, Reason.STORAGE_ERROR, str(fault))
        failure.runs_on = delivery.is_kept
        failure.may_retry = delivery.is_kept or stopping.is_set()
        await run_for_job_with_retries(work.workspace, outcomes.record_failed, work, failure)
        return
    with tracing.span("capture"):
        is_kept = await run_for_job_with_retries(
            work.workspace, outcomes.record_delivered, work, delivery, inspected, files
        )
    if not is_kept:
        await in_storage_thread(image_storage.remove)(files.file)


async def _call(work: ClaimedImage, previews: "_Previews", slot: MemorySlot) -> DeliveredImage:
    """Make the paid call.

    Raises:
        ProviderFailure: no image came.
    """
    try:
        inputs = [await in_storage_thread(image_storage.get)(name) for name in work.inputs]
        mask = await in_storage_thread(image_storage.get)(work.mask) if work.mask else None
    except StorageError as fault:
        # One that is gone stays gone; a store that is away comes back.
        if is_away(fault):
            await store_watch().failed(fault)
        raise ProviderFailure(
            Reason.STORAGE_ERROR, Outcome.FAILED, str(fault), may_retry=is_away(fault), blame=Blame.NOBODY
        ) from fault
    call = ProviderCall(
        attempt=work.attempt,
        base_url=work.base_url,
        key=work.key,
        model=work.upstream_model,
        prompt=work.prompt,
        parameters=work.parameters,
        references=tuple(inputs),
        mask=mask,
        partials=work.partials,
        end_user=work.end_user,
        model_changes=work.model_changes,
        room=slot,
        upstream=UpstreamRequest(work.request, work.webhook, functools.partial(_record_accepted, work)),
        seconds=work.max_seconds,
        queue_seconds=work.queue_seconds,
    )
    with traces.provider_call(work):
        return await registry.make_image(work.adapter, call, previews.add)


async def _record_accepted(work: ClaimedImage, request: str) -> None:
    """Record the provider's id of the request; without it, a crash costs one more request and nothing else."""
    try:
        await run_for_job_with_retries(work.workspace, outcomes.record_accepted, work.attempt, request)
    except Error:
        _log.warning("The request of %s could not be written down", work.attempt, exc_info=True)


def _store_file(work: ClaimedImage, data: bytes, kind: str) -> outcomes.StoredFile:
    """Store the original, which is read back and compared.

    Raises:
        StorageError: it can't be stored safely.
    """
    file = image_storage.new_key(work.workspace, "images", kind)
    sha256 = image_storage.put_checked(file, data)
    return outcomes.StoredFile(file, len(data), sha256)


def _undelivered(delivery: DeliveredImage, reason: Reason, words: str) -> ProviderFailure:
    """Build the failure of an image that came but can't be delivered: its cost is ours."""
    failure = ProviderFailure(
        reason,
        Outcome.FAILED,
        words,
        paid=True,
        units=delivery.units,
        usage=delivery.usage,
        request=delivery.request,
        status=delivery.status,
        blame=Blame.NOBODY,
    )
    failure.model = delivery.model
    return failure


class _Previews:
    """Partial images of one call, stored small and announced without delaying the call."""

    def __init__(self, work: ClaimedImage) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._count = 0

    async def add(self, data: bytes) -> None:
        """Publish a partial image, unless the one before is still being prepared."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._publish(data))

    async def close(self) -> None:
        """Wait until the last one is published."""
        if self._task:
            await self._task

    async def _publish(self, data: bytes) -> None:
        try:
            small = await in_image_thread(inspection.preview)(data)
            name = image_storage.new_preview_key()
            await in_storage_thread(image_storage.put)(name, small)
            self._count += 1
            await run_for_job(self._work.workspace, _announce, self._work, name, self._count)
        except (WrongImage, StorageError, Error) as error:
            _log.info("A preview of %s was skipped: %s", self._work.image, error)


def _announce(work: ClaimedImage, name: str, number: int) -> None:
    mine = Image.objects.filter(pk=work.image, claim=work.attempt, status=ImageStatus.RUNNING)
    if mine.update(preview=name):
        image = Image.objects.get(pk=work.image)
        publishing.publish_image(image, "image.preview", number=number)
