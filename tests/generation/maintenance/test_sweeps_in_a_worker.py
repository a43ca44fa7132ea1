"""What generation's periodic jobs tell, done by a worker: with its commit or not at all, and once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User, Workspace
from generation.catalog import cache
from generation.models import Cause, Circuit, CircuitState, EndingNotice, ImageModel, ModelHealth, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from tests.core import worker
from tests.support import letters
from tests.support.twins import OpenAITwin

SWEEP, ENDINGS = "generation.tasks.sweep", "generation.tasks.tell_of_endings"
MODEL = "gpt-image-2"


@dataclass(frozen=True)
class Case:
    """What is due, the row that its commit writes, how often it stands told, and the letter's subject."""

    task: str
    arrange: Callable[[], object]
    table: str
    condition: str
    told: Callable[[], int]
    subject: str


def _stopped() -> None:
    now = timezone.now()
    Circuit.objects.create(
        provider=Provider.objects.get(slug="openai"), state=CircuitState.OPEN, cause=Cause.KEY, since=now,
        error="401", error_at=now, probe_at=now + timedelta(hours=1),
    )  # fmt: skip


def _health(**columns: Any) -> None:
    ModelHealth.objects.update_or_create(model_id=MODEL, defaults=columns)


CASES = {
    "a provider that refuses our key": Case(
        SWEEP, _stopped, "generation_circuit", "NEW.told_at IS NOT NULL",
        lambda: Circuit.objects.exclude(told_at=None).count(), "Calls to OpenAI have stopped",
    ),
    "a model that vanished": Case(
        SWEEP, lambda: ImageModel.objects.filter(slug=MODEL).update(vanished_at=timezone.now()),
        "generation_modelhealth", "NEW.vanish_told_at IS NOT NULL",
        lambda: ModelHealth.objects.exclude(vanish_told_at=None).count(), "OpenAI no longer has GPT Image 2",
    ),
    "a model that is denied": Case(
        SWEEP, lambda: _health(denied_at=timezone.now()), "generation_modelhealth", "NEW.denial_told_at IS NOT NULL",
        lambda: ModelHealth.objects.exclude(denial_told_at=None).count(), "OpenAI does not let us use GPT Image 2",
    ),
    "a model that ends": Case(
        ENDINGS,
        lambda: ImageModel.objects.filter(slug=MODEL).update(retired_at=timezone.now() + timedelta(days=5)),
        "generation_endingnotice", "true", EndingNotice.objects.count, "GPT Image 2 ends on",
    ),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_told_with_its_commit_or_not_at_all_and_once(
    case: Case,
    funded: Workspace,
    alice: User,
    operator: User,
    order: Callable[..., Order],
    openai: OpenAITwin,
):
    submit(funded, order(model=MODEL), source="api")
    case.arrange()
    cache.invalidate()
    mail.outbox.clear()
    with worker.refused_commits(case.table, case.condition):
        worker.sweep(case.task)
        assert (case.told(), mail.outbox, letters.posted()) == (0, [], [])
    worker.sweep(case.task)
    worker.sweep(case.task)
    assert case.told() == 1
    assert [letter.subject.startswith(case.subject) for letter in mail.outbox] == [True]


@pytest.mark.django_db(transaction=True)
def test_an_image_without_a_job_is_queued_once(funded: Workspace, order: Callable[..., Order]):
    image = submit(funded, order(model=MODEL), source="api").images.get()
    ProcrastinateJob.objects.all().delete()
    type(image).objects.update(dispatched_at=timezone.now() - timedelta(hours=1))
    for _ in range(2):
        worker.sweep(SWEEP)
    waiting = ProcrastinateJob.objects.filter(task_name="generation.tasks.run_image")
    assert [job.args["image_id"] for job in waiting] == [str(image.pk)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "name", sorted({task.task.name for task in app.periodic_registry.periodic_tasks.values()})
)
def test_every_periodic_task_ends_well_in_a_worker_that_has_nothing_to_do(
    name: str, catalog: None, openai: OpenAITwin
):
    worker.sweep(name)
    assert (
        list(ProcrastinateJob.objects.exclude(status="succeeded").values_list("task_name", flat=True)) == []
    )
