"""Jobs belong to the transaction that makes them due, and there is one way to queue them."""

import ast
import uuid
from contextlib import suppress

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from config.environment import ROOT
from core import jobs

APPS = ("core", "accounts", "billing", "generation", "gallery", "api", "config")
OTHER_WAYS = {"defer", "defer_async", "batch_defer", "batch_defer_async", "configure_task", "configure"}
SQL = "procrastinate_defer_jobs"
IMAGES = "generation_job("
"""The jobs of images are made by SQL, under the lock that hands the image out."""


def other_ways(source: str) -> list[str]:
    """What in a module queues jobs past `core.jobs`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if (
            is_method
            and node.func.attr in OTHER_WAYS
            and ast.unparse(node.func.value) not in {"jobs", "structlog"}
        ):
            found.append(ast.unparse(node.func))
        if isinstance(node, ast.Constant) and SQL in str(node.value) and IMAGES not in str(node.value):
            found.append(SQL)
    return found


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("as_worker", [False, True], ids=["web", "worker"])
def test_a_job_is_rolled_back_with_what_made_it_due(as_worker):
    connector = app.connector.get_worker_connector() if as_worker else app.connector
    with app.replace_connector(connector) as inside, inside.open():
        with suppress(RuntimeError), transaction.atomic():
            jobs.defer("billing.tasks.send_receipt", purchase_id=str(uuid.uuid4()))
            raise RuntimeError
        assert not ProcrastinateJob.objects.exists()
        with transaction.atomic():
            jobs.defer("billing.tasks.send_receipt", purchase_id="one")
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.queue_name, job.args) == (
        "billing.tasks.send_receipt",
        "mail",
        {"purchase_id": "one"},
    )


@pytest.mark.django_db
def test_many_are_queued_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        jobs.defer_all("generation.tasks.pack", [{"archive_id": "a"}, {"archive_id": "b"}])
    made = list(ProcrastinateJob.objects.order_by("id").values_list("queue_name", "args"))
    assert made == [("archives", {"archive_id": "a"}), ("archives", {"archive_id": "b"})]
    with django_assert_num_queries(0):
        jobs.defer_all("generation.tasks.pack", [])


def test_a_task_that_does_not_exist_is_an_error_where_it_is_asked_for():
    with pytest.raises(KeyError):
        jobs.defer("billing.tasks.send_reciept", purchase_id="one")


def test_nothing_queues_jobs_in_another_way():
    found = {
        str(path.relative_to(ROOT)): ways
        for one in APPS
        for path in sorted((ROOT / one).rglob("*.py"))
        if "migrations" not in path.parts and (ways := other_ways(path.read_text()))
    }
    assert found == {"core/jobs.py": [SQL]}


@pytest.mark.parametrize(
    "source",
    [
        "tasks.pack.defer(archive_id=1)",
        "app.configure_task('billing.tasks.prove').defer()",
        "await run_image.defer_async(image_id=1)",
        "cursor.execute('SELECT procrastinate_defer_jobs_v1(%s)')",
    ],
)
def test_another_way_would_be_found(source):
    assert other_ways(f"async def act():\n    {source}")
