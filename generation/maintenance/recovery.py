"""Recovery of work left behind by dead processes, full providers or operators' changes; safe to run at any time."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from core.database import availability
from core.database.availability import LockSkippingPass
from generation.lifecycle import settlement, stopping
from generation.lifecycle.dispatch import dispatch
from generation.models import Attempt, Generation, Image, ImageStatus, Outcome, Provider, Reason, Status
from generation.models.attempt import Blame
from generation.providers.contract import ProviderFailure
from generation.worker import admission, outcomes

AT_ONCE = 500
WORKER_GONE = 30
"""Seconds without a heartbeat after which procrastinate considers a worker dead, as we do."""
GRACE = 15.0
"""Seconds after a database outage in which no worker is considered dead: none could report during it."""
LOCK_TIMEOUT = "500ms"
"""Wait for a lock: the next sweep comes in 20 seconds."""
MAX_RUNS = 6
"""A job that has outlived so many workers is not retried: it may be what kills them."""

_STALLED = """
    SELECT job.id, job.attempts FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => %s))
    LIMIT %s
"""
_RETRY = "SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)"
_GIVE_UP = "SELECT procrastinate_finish_job_v1(%s, 'failed', false)"
_JOBLESS = """
    SELECT image.id FROM generation_image AS image
    WHERE image.status = 'waiting' AND image.parked_at IS NULL AND image.dispatched_at < now() - interval '2 minutes'
        AND NOT EXISTS (
            SELECT FROM procrastinate_jobs AS job
            WHERE job.status IN ('todo', 'doing') AND job.task_name = 'generation.tasks.run_image'
                AND job.args ->> 'image_id' = image.id::text
        )
    LIMIT %s
"""
_GIVE_JOB = """
    SELECT procrastinate_defer_jobs_v1(ARRAY[generation_job(id, lane)]) FROM generation_image
    WHERE id = %s AND status = 'waiting'
"""
_PLACE = """
    WITH found AS (
        SELECT image.id, model.slug, CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END AS provider
        FROM generation_image AS image
        JOIN generation_generation AS generation ON generation.id = image.generation_id
        JOIN generation_imagemodel AS model ON model.slug = generation.model_id
        WHERE image.parked_at IS NOT NULL AND (image.provider_id, image.model_id) IS DISTINCT FROM
            (CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END, model.slug)
        FOR NO KEY UPDATE OF image SKIP LOCKED
    )
    UPDATE generation_image AS image SET provider_id = found.provider, model_id = found.slug
    FROM found WHERE image.id = found.id
"""
_WAITING = """
    WITH RECURSIVE one AS (
        (SELECT workspace_id FROM generation_image
         WHERE status = 'waiting' AND dispatched_at IS NULL AND turn IS NOT NULL ORDER BY workspace_id LIMIT 1)
        UNION ALL
        SELECT (SELECT workspace_id FROM generation_image
                WHERE status = 'waiting' AND dispatched_at IS NULL AND turn IS NOT NULL
                    AND workspace_id > one.workspace_id
                ORDER BY workspace_id LIMIT 1)
        FROM one WHERE one.workspace_id IS NOT NULL
    )
    SELECT workspace_id FROM one WHERE workspace_id IS NOT NULL ORDER BY random() LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class LostAttempt:
    """An attempt whose worker no longer renews its lease."""

    attempt: uuid.UUID
    image: uuid.UUID
    generation: uuid.UUID
    provider: str
    model: str
    quality: str
    pixels: int | None
    references: int


def sweep() -> dict[str, int]:
    """Recover all interrupted work of this app.

    Returns:
        The number of recovered items of each kind.
    """
    with availability.override_timeouts(lock_timeout=LOCK_TIMEOUT):
        return _sweep()


def _sweep() -> dict[str, int]:
    is_calm = availability.seconds_since_outage() > GRACE
    return {
        "jobs of dead workers": retry_stalled() if is_calm else 0,
        "attempts lost": end_expired_attempts() if is_calm else 0,
        "images without a job": requeue_jobless(),
        "images of what is switched off": stopping.stop_switched_off(),
        "images given up": stopping.give_up(),
        "images admitted": admit_parked(),
        "images dispatched": dispatch_waiting(),
        "generations closed": close_settled(),
    }


def retry_stalled() -> int:
    """Requeue the jobs of dead workers, which procrastinate leaves to its users."""
    with connection.cursor() as cursor:
        cursor.execute(_STALLED, [WORKER_GONE, AT_ONCE])
        stalled = cursor.fetchall()
        for job, runs in stalled:
            cursor.execute(_RETRY if runs < MAX_RUNS else _GIVE_UP, [job])
    return len(stalled)


def end_expired_attempts() -> int:
    """End attempts whose lease has expired: their images wait for another attempt, or are failed and released."""
    expired = Image.objects.filter(status=ImageStatus.RUNNING, lease_until__lt=Now(), claim__isnull=False)
    attempts = Attempt.objects.filter(pk__in=expired.values("claim")).select_related("image__generation")
    failure = ProviderFailure(
        Reason.TIMEOUT,
        Outcome.UNKNOWN,
        "Its worker stopped reporting",
        paid=True,
        runs_on=True,
        blame=Blame.NOBODY,
    )
    ended, this_round = 0, LockSkippingPass()
    for attempt in attempts.order_by("?")[:AT_ONCE]:
        lost = _lost(attempt)
        ended += this_round.do(attempt.workspace_id, outcomes.record_failed, lost, failure, only_expired=True)
    return ended


def _lost(attempt: Attempt) -> LostAttempt:
    generation = attempt.image.generation
    return LostAttempt(
        attempt=attempt.pk,
        image=attempt.image_id,
        generation=generation.pk,
        provider=attempt.provider_id,
        model=generation.model_id,
        quality=generation.quality,
        pixels=generation.pixels,
        references=len(generation.references),
    )


def requeue_jobless() -> int:
    """Queue dispatched images that have lost their job; queueing one twice does no harm, never would."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBLESS, [AT_ONCE])
        jobless = cursor.fetchall()
        for (image,) in jobless:
            cursor.execute(_GIVE_JOB, [image])
    return len(jobless)


def admit_parked() -> int:
    """Admit parked images whose providers have capacity again."""
    if not Image.objects.filter(parked_at__isnull=False).exists():
        return 0
    _place_parked()
    return sum(admission.admit(slug, AT_ONCE) for slug in Provider.objects.values_list("slug", flat=True))


def _place_parked() -> None:
    """Note the provider of parked images whose model has moved to another, or that an earlier release has parked."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACE)


def dispatch_waiting(most: int = AT_ONCE) -> int:
    """Dispatch waiting images of workspaces that may run more than before, for example under another tier.

    Args:
        most: of how many workspaces; each time others, so that those whose places are taken leave room.

    Returns:
        The number of images that were given a job.
    """
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [most])
        workspaces = [workspace for (workspace,) in cursor.fetchall()]
    this_round = LockSkippingPass()
    return sum(this_round.do(workspace, dispatch, workspace) for workspace in workspaces)


def close_settled() -> int:
    """Close generations whose images have all ended; the last image does so itself, so there should be none."""
    idle = Generation.objects.filter(
        status__in=(Status.QUEUED, Status.RUNNING), created_at__lt=Now() - timedelta(minutes=1)
    ).exclude(images__status__in=settlement.UNSETTLED)
    this_round = LockSkippingPass()
    found = list(idle.order_by("?").values_list("workspace_id", "pk")[:AT_ONCE])
    return sum(this_round.do(workspace, _close, key) for workspace, key in found)


def _close(key: uuid.UUID) -> bool:
    with transaction.atomic():
        return settlement.close(settlement.lock(key))
