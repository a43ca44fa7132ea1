"""Our own check of an order: once, by a worker, before the first paid call.

The first image of a generation that a worker takes up asks for all of them. The others step aside and get a job when
the answer is there; a worker that died is taken over from after `LEASE`. Where the endpoint does not answer, the work
goes on: the makers of images check again.
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

LEASE = timedelta(seconds=15)
"""After how long somebody else may ask; the question itself takes `moderator.SECONDS` at most."""
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
"""No row where it is decided already. Else whether it is ours to ask, whether operators have allowed it, and from which
percent on each category blocks."""
_DECIDE = """
    UPDATE generation_precheck
    SET verdict = %s, categories = %s::jsonb, scores = %s::jsonb, error = %s, decided_at = now()
    WHERE generation_id = %s AND asker = %s AND verdict = ''
    RETURNING waiting
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
    """What a check led to; scores in percent."""

    verdict: Verdict
    categories: tuple[str, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)
    error: str = ""


async def check_before_claim(found: Unchecked) -> bool:
    """Ask, or let the one who asks already go on; whether the image may be claimed now, if it still waits."""
    begun = await run_for_job_with_retries(found.generation.workspace_id, _begin, found)
    if begun is None:
        return True
    is_ours, is_allowed, blocks_at = begun
    if not is_ours:
        return False
    finishing = asyncio.create_task(_finish(found, None if is_allowed else blocks_at))
    try:
        await asyncio.shield(finishing)
    except asyncio.CancelledError:
        await finishing  # it takes seconds at most, and others wait for its answer
        raise
    return True


async def _finish(found: Unchecked, blocks_at: Mapping[str, int] | None) -> None:
    excused = CheckResult(Verdict.EXCUSED)
    answer = excused if blocks_at is None else await _ask(found.generation, blocks_at)
    await run_for_job_with_retries(found.generation.workspace_id, _decide, found, answer)


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
        pictures = [await in_storage_thread(image_storage.get)(name) for name in names]
        certain = await openai_moderation.scores(generation.sent_prompt, pictures)
    except openai_moderation.ModerationUnavailableError as silence:
        return CheckResult(Verdict.UNANSWERED, error=str(silence))
    except StorageError as fault:
        return CheckResult(Verdict.UNANSWERED, error=str(fault)[:200])
    percent = {name: round(100 * score) for name, score in certain.items()}
    hits = tuple(sorted(name for name, score in percent.items() if score >= blocks_at.get(name, 101)))
    verdict = Verdict.BLOCKED if hits else Verdict.PASSED
    return CheckResult(verdict, hits, {name: score for name, score in percent.items() if score})


def _thumbnails(generation: Generation) -> list[str]:
    """Storage keys of the references' small versions, in their order."""
    if not generation.references:
        return []
    found = Reference.objects.filter(workspace_id=generation.workspace_id, pk__in=generation.references)
    by_key = dict(found.values_list("pk", "thumbnail"))
    return [by_key[key] for key in dict.fromkeys(generation.references) if key in by_key]


def _decide(found: Unchecked, answer: CheckResult) -> None:
    """Write the answer down and act on it, in one transaction; nothing where another has been quicker."""
    with transaction.atomic():
        generation = settlement.lock(found.generation.pk) if answer.verdict is Verdict.BLOCKED else None
        with connection.cursor() as cursor:
            cursor.execute(
                _DECIDE,
                [
                    answer.verdict.value,
                    json.dumps(answer.categories),
                    json.dumps(answer.scores),
                    answer.error,
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
            _block(generation, answer.categories)


def _block(generation: Generation, categories: tuple[str, ...]) -> None:
    """End every image of it: none was sent, none is charged."""
    detail = {"stage": "input", "categories": list(categories), "by": PRECHECK}
    stopping.fail_waiting(generation, Reason.MODERATION_INPUT, why=WHY, detail=detail)
