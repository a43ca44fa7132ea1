"""The life of one image in a worker, from its claim to its end."""

import asyncio
import functools
import logging
import uuid

from django.db import Error

from generation import adapters, claims, doorman, events, leases, outcomes, pictures, precheck, storing
from generation.adapters import Call, Delivery, Failure
from generation.blame import Blame
from generation.claims import Parked, Work
from generation.db import again, db, insist, work_for
from generation.gate import Room
from generation.models import Image, ImageStatus, Outcome, Reason
from generation.pictures import Looked, WrongPicture
from generation.precheck import Unchecked
from generation.storing import StorageFault
from generation.threads import picture, storage
from generation.ticket import Ticket

_log = logging.getLogger(__name__)


async def run_image(image_id: uuid.UUID) -> None:
    """Make an image once: claim it, call the provider, store, charge, announce; or say why not and release.

    Running twice does no harm: the second run finds nothing to claim. If a shutdown stops it, the image goes back
    to waiting; if it is killed, the sweeper does that.
    """
    work = await _claimed(image_id)
    if work is None:
        return
    task = asyncio.current_task()
    assert task is not None, "a coroutine that runs is in a task"
    keeper = leases.keeper()
    keeper.add(work.attempt, task)
    lost = False
    try:
        try:
            await _make(work)
        finally:
            lost = keeper.drop(work.attempt)
    except asyncio.CancelledError:
        if task.uncancel() and not lost:
            raise
        words = "Lost" if lost else "Stopped"
        stopped = Failure(Reason.TIMEOUT, Outcome.UNKNOWN, words, paid=True, runs_on=True, blame=Blame.NOBODY)
        await asyncio.shield(insist(work.workspace, outcomes.failed, work, stopped))


async def _claimed(image_id: uuid.UUID) -> Work | None:
    """Claim the image with its attempt, once its words were checked if operators want that."""
    found = await again(lambda: db(claims.find)(image_id))
    if found is None:
        return None
    image = found.image
    if found.is_unchecked and not await precheck.settled(Unchecked(image_id, image.generation)):
        return None
    taken = await insist(image.workspace_id, claims.take, found)
    if isinstance(taken, Parked):
        doorman.doorman().expect(taken.provider, taken.seconds)
    return taken if isinstance(taken, Work) else None


async def _make(work: Work) -> None:
    previews, room = _Previews(work), Room()
    try:
        try:
            delivery = await _call(work, previews, room)
        finally:
            await previews.close()
    except Failure as failure:
        room.leave()
        await insist(work.workspace, outcomes.failed, work, failure)
        return
    except asyncio.CancelledError:
        room.leave()
        raise
    room.keep()
    finishing = asyncio.create_task(_deliver(work, delivery))
    finishing.add_done_callback(lambda _: room.leave())
    try:
        await asyncio.shield(finishing)
    except asyncio.CancelledError:
        # It was paid for and takes a second: a shutdown waits for it.
        await finishing
        raise


async def _deliver(work: Work, delivery: Delivery) -> None:
    """Check, store and charge the image that came."""
    try:
        looked = await picture(pictures.look)(delivery.data, work.ordered)
        kept = await storage(_keep)(work, delivery.data, looked)
    except WrongPicture as wrong:
        await insist(work.workspace, outcomes.failed, work, _after(delivery, Reason.WRONG_OUTPUT, str(wrong)))
    except StorageFault as fault:
        failure = _after(delivery, Reason.STORAGE_ERROR, str(fault))
        failure.may_retry = failure.runs_on = delivery.is_kept
        await insist(work.workspace, outcomes.failed, work, failure)
    else:
        if not await insist(work.workspace, outcomes.delivered, work, delivery, looked, kept):
            await storage(storing.remove)(kept.file, kept.thumbnail, kept.medium)


async def _call(work: Work, previews: "_Previews", room: Room) -> Delivery:
    """Make the paid call.

    Raises:
        Failure: no image came.
    """
    try:
        inputs = [await storage(storing.get)(name) for name in work.inputs]
        mask = await storage(storing.get)(work.mask) if work.mask else None
    except StorageFault as fault:
        raise Failure(Reason.STORAGE_ERROR, Outcome.FAILED, str(fault)) from fault
    call = Call(
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
        room=room,
        ticket=Ticket(work.request, work.webhook, functools.partial(_accepted, work)),
        seconds=work.max_seconds,
    )
    return await adapters.make(work.adapter, call, previews.add)


async def _accepted(work: Work, request: str) -> None:
    """Store the provider's id of the request; without it, a crash would cost another request and no more."""
    try:
        await insist(work.workspace, outcomes.accepted, work.attempt, request)
    except Error:
        _log.warning("The request of %s could not be written down", work.attempt, exc_info=True)


def _keep(work: Work, data: bytes, looked: Looked) -> outcomes.Kept:
    """Store the original, read back and compared, and its small versions.

    Raises:
        StorageFault: it can't be stored safely.
    """
    file = storing.key(work.workspace, "images", looked.format)
    thumbnail = storing.key(work.workspace, "thumbnails", "webp")
    medium = storing.key(work.workspace, "mediums", "webp") if looked.medium else ""
    sha256 = storing.put_checked(file, data)
    storing.put(thumbnail, looked.thumbnail)
    if medium:
        storing.put(medium, looked.medium)
    return outcomes.Kept(file, thumbnail, medium, len(data), sha256)


def _after(delivery: Delivery, reason: Reason, words: str) -> Failure:
    """Return the failure of an image that came but can't be delivered: its cost is ours."""
    return Failure(
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


class _Previews:
    """Partial images of one call, each stored small and announced beside the call, never delaying it."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._task: asyncio.Task[None] | None = None
        self._shown = 0

    async def add(self, data: bytes) -> None:
        """Show a partial image, unless the one before is still being prepared."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._show(data))

    async def close(self) -> None:
        """Finish the last one."""
        if self._task:
            await self._task

    async def _show(self, data: bytes) -> None:
        try:
            small = await picture(pictures.preview)(data)
            name = storing.preview_key()
            await storage(storing.put)(name, small)
            self._shown += 1
            await work_for(self._work.workspace, _announce, self._work, name, self._shown)
        except (WrongPicture, StorageFault, Error) as error:
            _log.info("A preview of %s was skipped: %s", self._work.image, error)


def _announce(work: Work, name: str, number: int) -> None:
    mine = Image.objects.filter(pk=work.image, claim=work.attempt, status=ImageStatus.RUNNING)
    if mine.update(preview=name):
        image = Image.objects.get(pk=work.image)
        events.publish_image(image, "image.preview", number=number)
