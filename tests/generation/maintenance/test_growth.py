"""Sweeps go on until nothing is left, and read no more than they remove, whatever stands beside it."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from djstripe.models import Event as StripeEvent
from djstripe.models import WebhookEventTrigger
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import tokens
from accounts.sessions import expiry
from api.models import Call
from billing import maintenance
from core import jobs
from core.database import portions
from generation.maintenance import retention
from generation.media import storage
from generation.models import Event, Image, Reference
from generation.orders.submit import submit
from tests.generation.conftest import deliver


def copies(table, number, **changed):
    """More rows like a table's only one, with the columns that `changed` says in SQL, in which `n` counts."""
    values = ", ".join(f"'{column}', {expression}" for column, expression in changed.items())
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            f"INSERT INTO {table} SELECT new.* FROM (SELECT one FROM {table} AS one LIMIT 1) AS old,"
            f" generate_series(1, {number}) AS n, jsonb_populate_record(old.one, jsonb_build_object('_', n, {values})) AS new"
        )
        cursor.execute("SET LOCAL session_replication_role = origin")
        cursor.execute(f"ANALYZE {table}")


def rows_read(*tables):
    """How many rows of these tables this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [list(tables)],
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def image(funded, order):
    names = [storage.new_key(funded.pk, folder, "png") for folder in ("images", "thumbnails")]
    return deliver(submit(funded, order(), source="api"), *names)


def test_a_hundred_thousand_events_go_in_one_run_and_younger_ones_are_not_read(image):
    Event.objects.exclude(kind="image.stored").delete()
    copies("generation_event", 30_000, id="n + 1000000", created_at="now() - interval '8 days'")
    copies("generation_event", 70_000, id="n + 2000000", created_at="now() - interval '6 days'")
    Event.objects.filter(id__lt=1_000_000).delete()
    before = rows_read("generation_event")
    assert retention.prune_events() == 30_000
    assert rows_read("generation_event") - before < 30_000 * 3 + retention.EVENTS_AT_ONCE * 2
    assert Event.objects.count() == 70_000


def test_files_of_thousands_of_deleted_images_go_and_the_others_are_not_read(image):
    beside = 25_000
    copies("generation_image", beside, id="uuidv7()", index="n + 3000", credits="0")
    copies("generation_image", 2_500, id="uuidv7()", index="n", credits="0", file="'w/gone/' || n",
           thumbnail="'w/gone/t' || n", deleted_at="now() - interval '2 days'")  # fmt: skip
    before = rows_read("generation_image")
    assert retention.remove_images() == 2_500
    assert rows_read("generation_image") - before < 2_500 * 3
    assert retention.remove_images() == 0


def test_what_the_store_does_not_give_up_is_tried_again(image):
    Image.objects.update(deleted_at=timezone.now() - timedelta(days=2))
    file = Path(default_storage.path(image.file))
    file.unlink()
    (file / "full").mkdir(parents=True)
    assert retention.remove_images() == 0
    assert Image.objects.get().thumbnail == image.thumbnail
    shutil.rmtree(file)
    assert retention.remove_images() == 1
    assert Image.objects.get().thumbnail == ""


def test_references_that_something_needs_keep_no_other_from_going(funded, image):
    Reference.objects.create(
        workspace=funded, file="w/r", thumbnail="w/t", format="png", width=1, height=1, size=1, sha256=b"1",
        deleted_at=timezone.now() - timedelta(days=2),
    )  # fmt: skip
    copies("generation_reference", 2_400, id="uuidv7()", file="'w/r' || n", thumbnail="'w/t' || n")
    assert retention.remove_references() == 2_401
    assert Reference.objects.exclude(thumbnail="").count() == 0


def test_expired_sessions_go_with_what_people_see_of_them(alice, client_for):
    client_for(alice)
    Session.objects.update(expire_date=timezone.now() - timedelta(days=1))
    UserSession.objects.all().delete()
    kept = Session.objects.get()
    UserSession.objects.create(
        user=alice, session_key=kept.session_key, ip="127.0.0.1", user_agent="a browser"
    )
    copies("django_session", 12_000, session_key="'old' || n")
    assert expiry.sweep() == {"sessions": 12_001}
    assert UserSession.objects.count() == 0


def test_calls_go_until_nothing_is_left(funded, alice):
    token, _ = tokens.issue(funded, name="A program", scopes=["images:read"], user=alice)
    Call.objects.create(
        workspace=funded, token=token, fingerprint=b"", created_at=timezone.now() - timedelta(days=2)
    )
    copies("api_call", 11_000, id="n + 1000000")
    assert portions.delete(Call.objects.filter(created_at__lt=timezone.now() - timedelta(days=1))) == 11_001


@pytest.mark.django_db
def test_what_stripe_sent_long_ago_goes():
    event = StripeEvent.objects.create(
        id="evt_1", type="charge.updated", livemode=False, data={}, stripe_data={}
    )
    WebhookEventTrigger.objects.create(remote_ip="127.0.0.1", headers={}, body="{}", event=event)
    assert maintenance.forget() == {"deliveries": 0, "events": 0}
    now = timezone.now()
    WebhookEventTrigger.objects.update(created=now - maintenance.DELIVERIES_LAST)
    StripeEvent.objects.update(created=now - maintenance.DELIVERIES_LAST)
    assert maintenance.forget() == {"deliveries": 1, "events": 0}
    StripeEvent.objects.update(created=now - maintenance.EVENTS_LAST)
    assert maintenance.forget() == {"deliveries": 0, "events": 1}


@pytest.mark.django_db
def test_jobs_that_failed_a_month_ago_go_and_no_others():
    jobs.defer_all("billing.tasks.send_receipt", [{"purchase_id": str(n)} for n in range(4)])
    first, second, third, _ = ProcrastinateJob.objects.order_by("id").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'failed' WHERE id = ANY(%s)", [[first, second, third]]
        )
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - interval '31 days' WHERE job_id <> %s", [third]
        )
    assert jobs.forget_failed() == 2
    assert jobs.forget_failed() == 0
    assert ProcrastinateJob.objects.count() == 2


def test_upkeep_ends_with_its_time():
    done = iter([3, 2, 1, 0])
    assert portions.work_off(lambda: next(done)) == 6
    assert portions.work_off(lambda: 5, seconds=0) == 5
