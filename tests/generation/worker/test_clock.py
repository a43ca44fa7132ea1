"""A worker whose clock is off: leases, retries and ends of waiting go by the database's clock alone."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.db.models.functions import Now

from core.database import clock
from generation.batches import archives
from generation.lifecycle import claims
from generation.lifecycle.claims import LEASE
from generation.maintenance import recovery
from generation.models import Attempt, Generation, Image, Outcome, Reason
from generation.orders.submit import submit
from generation.providers.contract import ProviderFailure
from generation.worker import leases, outcomes
from tests.generation.worker.workers import wait_for, worker
from tests.support.twins import OpenAITwin

OFF = [-61, 61]


def off_by(seconds: float) -> time_machine.travel:
    """This process's clock, so far from the database's."""
    return time_machine.travel(datetime.now().astimezone() + timedelta(seconds=seconds), tick=True)


@pytest.fixture
def claimed(funded, order, db) -> Callable[[], claims.ClaimedImage]:
    """Claim an image that was just ordered."""

    def go() -> claims.ClaimedImage:
        work = claims.claim(submit(funded, order(), source="api").images.get().pk)
        assert work
        return work

    return go


def left_of_the_lease(work: claims.ClaimedImage) -> float:
    """Seconds, by the database's clock."""
    rows = Image.objects.annotate(left=F("lease_until") - Now())
    return rows.values_list("left", flat=True).get(pk=work.image).total_seconds()


def next_job_in(image: object) -> float:
    """Seconds until the image's newest job may run, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM scheduled_at - now())::float FROM procrastinate_jobs"
            " WHERE args ->> 'image_id' = %s ORDER BY id DESC LIMIT 1",
            [str(image)],
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize("off", OFF)
def test_a_lease_is_as_long_as_everybodys(claimed, off):
    with off_by(off):
        work = claimed()
        assert LEASE.total_seconds() - 5 < left_of_the_lease(work) <= LEASE.total_seconds()
        Image.objects.update(lease_until=Now() + timedelta(seconds=1))
        assert leases._renew([work.attempt]) == {work.attempt}
    assert LEASE.total_seconds() - 5 < left_of_the_lease(work) <= LEASE.total_seconds()
    assert recovery.end_expired_attempts() == 0


@pytest.mark.parametrize("off", OFF)
def test_the_next_attempt_is_as_far_away_as_everybodys(claimed, off, transactional_db):
    work = claimed()
    failure = ProviderFailure(Reason.PROVIDER_BUSY, Outcome.FAILED, "busy", may_retry=True, retry_after=7)
    with off_by(off):
        assert outcomes.record_failed(work, failure)
    assert 5 < next_job_in(work.image) <= 7
    attempt = Attempt.objects.get(pk=work.attempt)
    assert attempt.ended_at
    assert timedelta() <= attempt.ended_at - attempt.started_at < timedelta(seconds=10)


@pytest.mark.parametrize("off", [-601, 601])
def test_the_ten_minutes_of_an_image_are_everybodys(claimed, off, transactional_db):
    with off_by(off):
        work = claimed()
        assert work.began == pytest.approx(time.monotonic(), abs=5)
        failure = ProviderFailure(Reason.PROVIDER_BUSY, Outcome.FAILED, "busy", may_retry=True)
        assert outcomes.record_failed(work, failure)
    assert Image.objects.get(pk=work.image).status == "waiting"
    Image.objects.update(started_at=Now() - timedelta(minutes=11))
    with off_by(off):
        again = claims.claim(work.image)
        assert again
        assert again.began == pytest.approx(time.monotonic() - 660, abs=5)
        assert outcomes.record_failed(again, failure)
    image = Image.objects.get(pk=work.image)
    assert (image.status, image.reason) == ("failed", Reason.PROVIDER_BUSY)
    assert image.finished_at
    assert abs(image.finished_at - clock.now()) < timedelta(seconds=10)


def test_an_archive_that_is_being_packed_is_left_alone_by_a_fast_clock(archived):
    archives.Archive.objects.update(status="building", claim=archived.pk, beat_at=Now())
    with off_by(660):
        assert archives.sweep() == 0
        archives.build(archived.pk)
    archived.refresh_from_db()
    assert (archived.status, archived.claim) == ("building", archived.pk)


@pytest.fixture
def archived(funded, db):
    """An archive of a batch, made by hand: only who may pack it matters."""
    batch = archives.Batch.objects.create(workspace=funded, name="one")
    return archives.Archive.objects.create(workspace=funded, batch=batch, images=1)


def test_a_worker_that_is_a_minute_slow_makes_each_image_once(
    transactional_db: None, funded, order, openai: OpenAITwin, database_url: str
):
    """The image is retried once, and finished by the first worker; the sweeper in the meantime takes nothing."""
    openai.script("status", status=503)
    openai.script("delay", seconds=3)
    generation: Generation = submit(funded, order(), source="api")
    with worker(database_url, off=-61):
        second = Attempt.objects.filter(number=2, outcome=Outcome.SENT)
        wait_for(second.exists, "A second call")
        assert recovery.end_expired_attempts() == 0
        wait_for(Image.objects.filter(status="stored").exists, "The image")
    calls = Attempt.objects.filter(image__generation=generation).order_by("number")
    assert list(calls.values_list("outcome", flat=True)) == ["failed", "succeeded"]
