"""A request that waits at fal, where fal does not end the wait by itself."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from generation.models import Outcome, Reason
from generation.providers import call_clock
from generation.providers.contract import ProviderFailure, UpstreamRequest
from tests.contract.test_adapters import UPSTREAMS, call, make
from tests.support.twins import FalTwin

FAL = UPSTREAMS["fal"]


@pytest.fixture
def fal(twin: str, control: object) -> Iterator[FalTwin]:
    with closing(FalTwin(twin)) as one:
        yield one


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_clock, "GRACE", 0.0)


async def test_it_is_withdrawn_and_costs_nothing(fal: FalTwin, twin: str):
    fal.concurrency(0)
    request = fal.submit(FAL.model, prompt="a red fox")
    order = call(FAL, twin, queue_seconds=1.0, upstream=UpstreamRequest(request))
    with pytest.raises(ProviderFailure) as caught:
        await make(FAL, order)
    failure = caught.value
    assert (failure.reason, failure.outcome) == (Reason.PROVIDER_BUSY, Outcome.FAILED)
    assert (failure.paid, failure.may_retry, failure.runs_on) == (False, True, False)
    assert len(fal.calls(endpoint="cancel")) == 1
    assert [one.get("bill") for one in fal.submissions()] == [None]


async def test_what_has_begun_is_given_its_own_time_and_not_more(fal: FalTwin, twin: str):
    fal.script("hang", match={"endpoint": "submit"})
    request = fal.submit(FAL.model, prompt="a red fox")
    order = call(FAL, twin, seconds=1.0, queue_seconds=60.0, upstream=UpstreamRequest(request))
    with pytest.raises(ProviderFailure) as caught:
        await make(FAL, order)
    failure = caught.value
    assert (failure.reason, failure.outcome, failure.paid) == (Reason.TIMEOUT, Outcome.UNKNOWN, True)
    assert len(fal.calls(endpoint="cancel")) == 1
