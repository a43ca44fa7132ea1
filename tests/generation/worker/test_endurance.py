"""What goes wrong around a call under way: a shutdown, a worker that sleeps, a database or a storage that is gone."""

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import Q

from accounts.models import Workspace
from billing.ledger.balance import Balance
from generation.lifecycle import retry_policy
from generation.maintenance import recovery
from generation.media import storage
from generation.models import Attempt, Generation, Image, Outcome
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.worker import store_watch
from tests.generation.conftest import run, work_until
from tests.generation.worker.workers import expire, wait_for, worker
from tests.support.twins import FalTwin, OpenAITwin, ProviderTwin

pytestmark = pytest.mark.django_db(transaction=True)
OPTIONS = {"openai": {}, "fal": {"model": "flux-schnell", "quality": "auto"}}
NOWHERE = "/proc/nowhere"
_OURS = "SELECT array_agg(pid) FROM pg_stat_activity WHERE datname = current_database()"
_CUT = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> ALL (%s)
"""

type Ordered = Callable[..., Generation]


@pytest.fixture(params=OPTIONS)
def provider(request: pytest.FixtureRequest, openai: OpenAITwin, fal: FalTwin) -> ProviderTwin:
    """Each provider in turn."""
    return {"openai": openai, "fal": fal}[request.param]


@pytest.fixture
def ordered(funded: Workspace, order: Callable[..., Order], provider: ProviderTwin) -> Ordered:
    """Submit an order for that provider, and leave the work to the test."""

    def go() -> Generation:
        return submit(funded, order(**OPTIONS[provider.name]), source="api")

    return go


def paid(provider: ProviderTwin) -> int:
    return len(provider.submissions() if isinstance(provider, FalTwin) else provider.calls())


class Both:
    """An image of each provider, under way at once: a worker takes seconds to start."""

    def __init__(self, generations: list[Generation], openai: OpenAITwin, fal: FalTwin) -> None:
        self.generations, self._openai, self._fal = generations, openai, fal
        self._rows = Generation.objects.filter(pk__in=[one.pk for one in generations])

    def under_way(self) -> bool:
        """Both calls are out, and fal's id is written down."""
        sent = Attempt.objects.filter(outcome=Outcome.SENT)
        calls = len(self._openai.calls())
        return calls == 1 and sent.count() == len(OPTIONS) and sent.filter(is_open=True).exists()

    def go_on(self) -> None:
        """Let the providers answer."""
        self._openai.drop()
        self._fal.drop()

    def are_finished(self) -> bool:
        return not self._rows.filter(finished_at=None).exists()

    def statuses(self) -> list[str]:
        return list(self._rows.values_list("status", flat=True))

    def stored(self) -> list[tuple[Any, ...]]:
        return list(Image.objects.order_by("pk").values_list("file", "sha256", "finished_at", "status"))


@pytest.fixture
def both(funded: Workspace, order: Callable[..., Order], openai: OpenAITwin, fal: FalTwin) -> Both:
    openai.script("hold")
    fal.script("hold", match={"endpoint": "submit"})
    return Both([submit(funded, order(**options), source="api") for options in OPTIONS.values()], openai, fal)


def files(workspace: Workspace) -> set[str]:
    """Everything that is stored for a workspace's images."""
    root, found = f"{storage.ROOT}/{workspace.pk.hex}", set()
    for folder in default_storage.listdir(root)[0] if default_storage.exists(root) else []:
        found |= {f"{root}/{folder}/{name}" for name in default_storage.listdir(f"{root}/{folder}")[1]}
    return found


@pytest.mark.proof
def test_a_shutdown_lets_images_under_way_end(
    both: Both, openai: OpenAITwin, fal: FalTwin, have: Callable[[], Balance], database_url: str
):
    with worker(database_url, grace="30") as process:
        wait_for(both.under_way, "two calls")
        process.terminate()
        both.go_on()
        assert process.wait(60) == 0
    assert both.statuses() == ["succeeded", "succeeded"]
    assert (have(), len(openai.calls()), len(fal.submissions())) == (Balance(available=98), 1, 1)


@pytest.mark.proof
def test_a_worker_that_sleeps_past_its_lease_writes_and_charges_nothing(
    both: Both,
    openai: OpenAITwin,
    fal: FalTwin,
    have: Callable[[], Balance],
    funded: Workspace,
    database_url: str,
):
    with worker(database_url) as process:
        wait_for(both.under_way, "two calls")
        process.send_signal(signal.SIGSTOP)
        zombies = set(Attempt.objects.values_list("pk", flat=True))
        expire()
        assert recovery.sweep()["attempts lost"] == 2
        both.go_on()
        for generation in both.generations:
            run(generation)
        assert (both.statuses(), have()) == (["succeeded", "succeeded"], Balance(available=98))
        stored = both.stored()
        process.send_signal(signal.SIGCONT)
        swept = Attempt.objects.filter(pk__in=zombies, error__startswith="Its worker")
        wait_for(lambda: not swept.exists(), "an end of both")
        process.terminate()
        process.wait(60)
    assert (both.stored(), have()) == (stored, Balance(available=98))
    kept = {name for image in Image.objects.all() for name in (image.file, image.thumbnail, image.medium)}
    assert files(funded) == kept - {""}
    assert (len(openai.calls()), len(fal.submissions())) == (2, 1)
    assert Attempt.objects.exclude(cost=0).count() == 3
    assert Attempt.objects.get(is_loss=True).provider_id == "openai"


@pytest.mark.proof
def test_a_database_that_cuts_everybody_off_loses_nothing(
    both: Both, openai: OpenAITwin, fal: FalTwin, have: Callable[[], Balance], database_url: str
):
    """A worker whose connection is cut while it asks for jobs ends; then somebody else goes on."""
    with connection.cursor() as cursor:
        cursor.execute(_OURS)
        (ours,) = cursor.fetchone()
    with worker(database_url) as process:
        wait_for(both.under_way, "two calls")
        with connection.cursor() as cursor:
            cursor.execute(_CUT, [ours])
        both.go_on()
        wait_for(lambda: both.are_finished() or process.poll() is not None, "an end")
    if not both.are_finished():
        expire()
        recovery.sweep()
        for generation in both.generations:
            run(generation)
    assert (both.statuses(), have()) == (["succeeded", "succeeded"], Balance(available=98))
    assert len(openai.calls()) <= 2
    assert len(fal.submissions()) == 1


def test_a_storage_that_is_down_for_long_leaves_nothing_half(
    ordered: Ordered,
    provider: ProviderTwin,
    have: Callable[[], Balance],
    funded: Workspace,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
):
    """It went away between the question and the answer: what a provider keeps nothing of is held for ten minutes."""
    monkeypatch.setattr(retry_policy, "TOTAL", timedelta(seconds=2))
    monkeypatch.setattr(store_watch, "EVERY", 0.2)
    generation, folder = ordered(), settings.MEDIA_ROOT
    monkeypatch.setattr(storage.LastAnswer, "seconds_ago", lambda: 0.0)
    settings.MEDIA_ROOT = NOWHERE
    ended_or_parked = Q(status="failed") | Q(parked_at__isnull=False)
    asyncio.run(work_until(lambda: Image.objects.filter(ended_or_parked)))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE generation_image SET started_at = started_at - interval '10 minutes'")
    recovery.sweep()
    settings.MEDIA_ROOT = folder
    generation.refresh_from_db()
    image = generation.images.get()
    assert (generation.status, image.reason, have()) == ("failed", "storage_error", Balance(available=100))
    assert (image.file, image.thumbnail, files(funded)) == ("", "", set())
    assert paid(provider) == 1
    assert Attempt.objects.exclude(cost=0).count() == Attempt.objects.filter(is_loss=True).count() == 1


@pytest.mark.parametrize("provider", ["fal"], indirect=True)
def test_what_fal_keeps_is_stored_once_the_storage_is_back(
    ordered: Ordered,
    provider: ProviderTwin,
    have: Callable[[], Balance],
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
):
    generation, folder = ordered(), settings.MEDIA_ROOT
    with monkeypatch.context() as patch:
        patch.setattr(storage.LastAnswer, "seconds_ago", lambda: 0.0)
        settings.MEDIA_ROOT = NOWHERE
        asyncio.run(work_until(lambda: Attempt.objects.filter(outcome=Outcome.FAILED)))
    assert have() == Balance(available=99, held=1)
    settings.MEDIA_ROOT = folder
    asyncio.run(store_watch.sweep())
    generation = run(generation)
    assert (generation.status, have(), paid(provider)) == ("succeeded", Balance(available=99), 1)
    assert Image.objects.get().status == "stored"
    assert not Attempt.objects.filter(is_loss=True).exists()
