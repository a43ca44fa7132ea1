"""Our own moderation check of an order: once, by a worker, before the first paid call.

The worker that takes up a generation's first image checks it for all of them. The others end and get a new job with
the result; a check whose worker died is taken over after `LEASE`. If the endpoint does not answer, the images are
made nevertheless: their providers check again. If the store with their references does not, they wait for it.
"""

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connection, transaction

from core.database.asynchronous import run_for_job_with_retries
from generation.lifecycle import settlement, stopping
from generation.media import storage as image_storage
from generation.media.executors import in_storage_thread
from generation.media.storage import StorageError
from generation.models import Generation, Reason, Reference, Verdict
from generation.moderation import allowlist, openai_moderation
from generation.moderation.refusals import PRECHECK
from generation.worker import store_watch

LEASE = timedelta(seconds=15)
"""Time after which another worker may check; the call itself takes `openai_moderation.SECONDS` at most."""
WHY = "Stopped by our check"

_BEGIN = """
    INSERT INTO generation_precheck AS known
        (generation_id, workspace_id, verdict, categories, scores, error, asker, waiting, begun_at)
    VALUES (%(generation)s, %(workspace)s, '', '[]', '{}', '', %(asker)s, '{}', now())
    ON CONFLICT (generation_id) DO UPDATE SET
        asker = CASE WHEN known.begun_at < now() - make_interval(secs => %(lease)s) THEN excluded.asker ELSE known.asker END,
        begun_at = CASE WHEN known.begun_at < now() - make_interval(secs => %(lease)s) THEN now() ELSE known.begun_at END,
        waiting = CASE WHEN known.begun_at < now() - make_interval(secs => %(lease)s) OR known.asker = excluded.asker
            THEN known.waiting ELSE array_append(known.waiting, %(image)s::uuid) END
    WHERE known.verdict = ''
    RETURNING asker = %(asker)s, EXISTS (
        SELECT FROM generation_allowance AS allowed
        WHERE allowed.workspace_id = %(workspace)s AND allowed.digest = %(digest)s
    ), (
        SELECT coalesce(jsonb_object_agg(category, blocks_at), '{}')
        FROM generation_checkrule WHERE blocks_at IS NOT NULL
    )
"""
"""Returns no row if it is decided already; otherwise whether this worker must check, whether operators have allowed
the prompt, and the percentages from which on categories block."""
_DECIDE = """
    UPDATE generation_precheck
    SET verdict = %s, categories = %s::jsonb, scores = %s::jsonb, error = %s, decided_at = now()
    WHERE generation_id = %s AND asker = %s AND verdict = ''
    RETURNING waiting
"""
_FORGET = """
    DELETE FROM generation_precheck WHERE generation_id = %s AND asker = %s AND verdict = '' RETURNING waiting
"""
_GIVE_JOBS = """
    SELECT procrastinate_defer_jobs_v1(array_agg(generation_job(id, lane))) FROM generation_image
    WHERE id = ANY(%s) AND status = 'waiting' HAVING count(*) > 0
"""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """An image whose generation has to be checked before it may be claimed."""

    image: uuid.UUID
    generation: Generation
    asker: uuid.UUID = field(default_factory=uuid.uuid4)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of a check; scores are percentages."""

    verdict: Verdict
    categories: tuple[str, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)
    error: str = ""


async def check_before_claim(found: Unchecked) -> bool:
    """Check the generation, unless another worker is checking it already.

    Returns:
        Whether the image may be claimed now, if it still waits.
    """
    begun = await run_for_job_with_retries(found.generation.workspace_id, _begin, found)
    if begun is None:
        return True
    is_ours, is_allowed, blocks_at = begun
    if not is_ours:
        return False
    finishing = asyncio.create_task(_finish(found, None if is_allowed else blocks_at))
    try:
        return await asyncio.shield(finishing)
    except asyncio.CancelledError:
        # It takes seconds at most, and other images wait for its result.
        await finishing
        raise


async def _finish(found: Unchecked, blocks_at: Mapping[str, int] | None) -> bool:
    """Check and decide; if the store with the references is away, leave both until it is back.

    Returns:
        Whether it is decided.
    """
    workspace = found.generation.workspace_id
    try:
        excused = CheckResult(Verdict.EXCUSED)
        result = excused if blocks_at is None else await _ask(found.generation, blocks_at)
    except StorageError as fault:
        await store_watch.store_watch().failed(fault)
        await run_for_job_with_retries(workspace, _leave, found)
        return False
    await run_for_job_with_retries(workspace, _decide, found, result)
    return True


def _begin(found: Unchecked) -> tuple[bool, bool, dict[str, int]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            _BEGIN,
            {
                "generation": found.generation.pk,
                "workspace": found.generation.workspace_id,
                "asker": found.asker,
                "lease": LEASE.total_seconds(),
                "image": found.image,
                "digest": allowlist.digest(found.generation),
            },
        )
        row = cursor.fetchone()
    return (row[0], row[1], json.loads(row[2])) if row else None


async def _ask(generation: Generation, blocks_at: Mapping[str, int]) -> CheckResult:
    try:
        names = await run_for_job_with_retries(generation.workspace_id, _thumbnails, generation)
        thumbnails = [await in_storage_thread(image_storage.get)(name) for name in names]
        scores = await openai_moderation.scores(generation.sent_prompt, thumbnails)
    except openai_moderation.ModerationUnavailableError as error:
        return CheckResult(Verdict.UNANSWERED, error=str(error))
    except StorageError as error:
        if store_watch.is_away(error):
            raise
        return CheckResult(Verdict.UNANSWERED, error=str(error)[:200])
    percent = {name: round(100 * score) for name, score in scores.items()}
    hits = tuple(sorted(name for name, score in percent.items() if score >= blocks_at.get(name, 101)))
    verdict = Verdict.BLOCKED if hits else Verdict.PASSED
    return CheckResult(verdict, hits, {name: score for name, score in percent.items() if score})


def _thumbnails(generation: Generation) -> list[str]:
    """Return the storage keys of the references' thumbnails, in their order."""
    if not generation.references:
        return []
    found = Reference.objects.filter(workspace_id=generation.workspace_id, pk__in=generation.references)
    by_key = dict(found.values_list("pk", "thumbnail"))
    return [by_key[key] for key in dict.fromkeys(generation.references) if key in by_key]


def _leave(found: Unchecked) -> None:
    """Forget that the check was begun, and park its image; those that wait for the result find the store away, too."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FORGET, [found.generation.pk, found.asker])
        row = cursor.fetchone()
        if row and row[0]:
            cursor.execute(_GIVE_JOBS, [row[0]])
        store_watch.park(found.image)


def _decide(found: Unchecked, result: CheckResult) -> None:
    """Record the result and act on it, in one transaction, unless another worker has been quicker."""
    with transaction.atomic():
        generation = settlement.lock(found.generation.pk) if result.verdict is Verdict.BLOCKED else None
        with connection.cursor() as cursor:
            cursor.execute(
                _DECIDE,
                [
                    result.verdict.value,
                    json.dumps(result.categories),
                    json.dumps(result.scores),
                    result.error,
                    found.generation.pk,
                    found.asker,
                ],
            )
            row = cursor.fetchone()
            if row is None:
                return
            if generation is None and row[0]:
                cursor.execute(_GIVE_JOBS, [row[0]])
        if generation is not None:
            _block(generation, result.categories)


def _block(generation: Generation, categories: tuple[str, ...]) -> None:
    """Fail all images of the generation: none was sent, none is charged."""
    detail = {"stage": "input", "categories": list(categories), "by": PRECHECK}
    stopping.fail_waiting(generation, Reason.MODERATION_INPUT, why=WHY, detail=detail)
