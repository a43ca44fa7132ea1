"""What every adapter promises, against the twin of its provider: a new adapter adds itself to `UPSTREAMS` and `CASES`.

Adapters are asked as the runner asks them, by `adapters.make`, and the twin's log says how many calls were paid for.
"""

import asyncio
import dataclasses
import hashlib
import io
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image

from generation.catalog.parameters import ImageParameters
from generation.models import Outcome, Reason
from generation.models.attempt import Blame
from generation.providers import registry
from generation.providers.contract import DeliveredImage, ProviderCall, ProviderFailure, UpstreamRequest
from generation.providers.memory_slots import MemorySlot
from tests.support.twins import FalTwin, OpenAITwin, ProviderTwin

NOWHERE = "http://127.0.0.1:9"
SIZE = (816, 816)


@dataclass(frozen=True)
class Upstream:
    """An adapter, the path of its twin, a model there, and what the log calls the call that is paid for."""

    adapter: str
    path: str = ""
    model: str = "any"
    paid: str = ""
    formats: tuple[str, ...] = ("png", "jpeg")
    partials: int = 0
    keeps: bool = False
    key: str = "id:secret"

    def twin(self, url: str) -> ProviderTwin | None:
        return {"openai": OpenAITwin, "fal": FalTwin}[self.adapter](url) if self.path else None


UPSTREAMS = {
    one.adapter: one
    for one in (
        Upstream(
            "openai",
            "/openai/v1",
            "gpt-image-2.5-flare",
            "images/generations",
            ("png", "jpeg", "webp"),
            2,
            key="sk-1",
        ),
        Upstream("fal", "/fal/queue", "fal-ai/flux/schnell", "submit", keeps=True),
        Upstream("test", formats=("png", "jpeg", "webp"), partials=2),
    )
}


@dataclass(frozen=True)
class Want:
    """What a failure has to say, and how many calls were made for it."""

    reason: Reason
    outcome: Outcome
    paid: bool = False
    may_retry: bool = False
    retry_after: float | None = None
    runs_on: bool = False
    calls: int = 1
    blame: Blame | None = None


BUSY = Want(Reason.PROVIDER_BUSY, Outcome.FAILED, may_retry=True)
BROKEN = Want(Reason.PROVIDER_ERROR, Outcome.FAILED, may_retry=True)
REJECTED = Want(Reason.PROVIDER_ERROR, Outcome.FAILED)
REFUSED = Want(Reason.MODERATION_INPUT, Outcome.REFUSED)
WITHHELD = Want(Reason.MODERATION_OUTPUT, Outcome.REFUSED, paid=True)
NONSENSE = Want(Reason.WRONG_OUTPUT, Outcome.FAILED, paid=True)
LOST = Want(Reason.PROVIDER_ERROR, Outcome.UNKNOWN, paid=True)
KEPT = dataclasses.replace(LOST, runs_on=True)
LATE = Want(Reason.TIMEOUT, Outcome.UNKNOWN, paid=True)
GIVEN_UP = dataclasses.replace(LATE, blame=Blame.PROVIDER)
TIMED_OUT = (408, 504, 522, 524)
"""Statuses by which whoever answered has waited no longer."""


def free(reason: Reason, outcome: Outcome = Outcome.FAILED) -> Want:
    """A sandbox's ending, which costs nobody anything."""
    return Want(reason, outcome, calls=0)


def status(number: int, **more: Any) -> dict[str, Any]:
    return {"do": "status", "status": number, **more}


SUBMIT, RESULT, FILE = ({"match": {"endpoint": name}} for name in ("submit", "result", "file"))
AFTER_7 = {"headers": {"retry-after": "7"}}
WAIT_7 = dataclasses.replace(BUSY, retry_after=7.0)
DRIP = {"do": "drip", "bytes": 64, "seconds": 0.1}

# name of the case → adapter → (what the twin does, or the words that the sandbox knows; what has to come of it)
CASES: dict[str, dict[str, tuple[dict[str, Any] | str, Want]]] = {
    "words refused": {
        "openai": ({"do": "moderation_input"}, REFUSED),
        "fal": ({"do": "moderation_input"}, dataclasses.replace(REFUSED, paid=True)),
        "test": ("test:moderation_input", free(Reason.MODERATION_INPUT, Outcome.REFUSED)),
    },
    "picture withheld": {
        "openai": ({"do": "moderation_output"}, WITHHELD),
        "fal": ({"do": "moderation_output"}, WITHHELD),
        "test": ("test:moderation_output", free(Reason.MODERATION_OUTPUT, Outcome.REFUSED)),
    },
    "busy, come back in 7 s": {
        "openai": (status(429, **AFTER_7), WAIT_7),
        "fal": (status(429, **AFTER_7, **SUBMIT), WAIT_7),
    },
    "busy": {
        "openai": (status(429), BUSY),
        "fal": (status(429, **SUBMIT), BUSY),
        "test": ("test:provider_busy", free(Reason.PROVIDER_BUSY)),
    },
    "out of funds": {
        "openai": (status(429, code="insufficient_quota", type="insufficient_quota"), REJECTED),
        "fal": (status(403, **SUBMIT), REJECTED),
    },
    **{
        f"out of funds: {code}, {kind}, {number}": {
            "openai": (status(number, code=code, type=kind), dataclasses.replace(REJECTED, blame=Blame.FUNDS))
        }
        for code, kind, number in (
            ("insufficient_quota", "requests", 429),
            (None, "insufficient_quota", 429),
            ("billing_not_active", "billing_not_active", 429),
            ("billing_hard_limit_reached", "image_generation_user_error", 400),
            ("credit_balance_exhausted", "requests", 429),
            ("organization_spend_limit_exceeded", "invalid_request_error", 429),
            ("project_spend_limit_exceeded", "rate_limit_error", 429),
            ("organization_usage_limit_exceeded", "server_error", 503),
            ("project_usage_limit_exceeded", None, 403),
        )
    },
    "key revoked": {"openai": (status(401), REJECTED), "fal": (status(401, **SUBMIT), REJECTED)},
    "bad request": {"openai": (status(400), REJECTED), "fal": (status(422, **SUBMIT), REJECTED)},
    **{
        f"status {code}": {"openai": (status(code), BROKEN), "fal": (status(code, **SUBMIT), BROKEN)}
        for code in (500, 503)
    },
    "status 502": {"openai": (status(502), LOST), "fal": (status(502, **SUBMIT), BROKEN)},
    **{
        f"status {code} as JSON": {"openai": (status(code), GIVEN_UP if code in TIMED_OUT else LOST)}
        for code in (408, 501, 504, 507, 520, 522, 524, 529)
    },
    **{
        f"status {code} as HTML": {
            "openai": ({"do": "html", "status": code}, GIVEN_UP if code in TIMED_OUT else LOST)
        }
        for code in (408, 500, 502, 503, 504, 520, 521, 522, 524, 530)
    },
    **{
        f"status {code} with {words}": {"openai": (status(code, body=body), LOST)}
        for code in (500, 503)
        for words, body in {
            "nothing": "",
            "words": "upstream connect error or disconnect",
            "a string": '"overloaded"',
            "half an object": '{"error": {"message"',
            "a gateway's JSON": '{"error": {"message": "Bad gateway.", "type": "cf_bad_gateway", "code": 502}}',
        }.items()
    },
    "status 500 of another program": {"openai": (status(500, body='{"detail": "Server error"}'), BROKEN)},
    **{
        f"made, billed, then {code}": {"openai": ({"do": "made_then_status", "status": code}, want)}
        for code, want in {504: GIVEN_UP, 524: GIVEN_UP, 502: LOST, 500: LOST}.items()
    },
    "a gateway's page with status 403": {"openai": ({"do": "html", "status": 403}, REJECTED)},
    "failed": {"test": ("test:provider_error", free(Reason.PROVIDER_ERROR))},
    "the model fails": {"fal": (status(500, **RESULT), BROKEN)},
    "the model rejects": {"fal": (status(422, **RESULT), dataclasses.replace(REJECTED, paid=True))},
    "a proxy's error": {"fal": ({"do": "html", "status": 504, **SUBMIT}, LOST)},
    "the result is gone": {"fal": (status(404, **RESULT), KEPT)},
    "never an answer": {
        "openai": ({"do": "hang"}, LATE),
        "fal": ({"do": "hang", **SUBMIT}, LATE),
        "test": ("test:slow=60", dataclasses.replace(LATE, calls=0)),
    },
    "a byte now and then": {"openai": (DRIP, LATE), "fal": ({**DRIP, **FILE}, LATE)},
    "reset before the answer": {
        "openai": ({"do": "reset"}, LOST),
        "fal": ({"do": "reset", **SUBMIT}, LOST),
    },
    **{
        f"reset {words}": {
            "openai": ({"do": "reset", "at": at}, LOST),
            "fal": ({"do": "reset", "at": at, **FILE}, KEPT),
        }
        for words, at in {"after 1 byte": 1, "in the middle": 20_000, "before the last byte": -1}.items()
    },
    "the request's id lost": {"fal": ({"do": "reset", "at": 10, **SUBMIT}, LOST)},
    "cut off": {"openai": ({"do": "truncate"}, LOST), "fal": ({"do": "truncate", **FILE}, KEPT)},
    "the picture's address fails": {"fal": (status(503, **FILE), KEPT)},
    "the picture's address is gone": {"fal": (status(404, **FILE), NONSENSE)},
    "HTML with status 200": {"openai": ({"do": "html"}, NONSENSE), "fal": ({"do": "html", **SUBMIT}, LOST)},
    "HTML in the place of the result": {"fal": ({"do": "html", **RESULT}, KEPT)},
    "nothing with status 200": {
        "openai": ({"do": "empty"}, NONSENSE),
        "fal": ({"do": "empty", **SUBMIT}, LOST),
    },
    "no picture": {
        "openai": ({"do": "wrong_count", "count": 0}, NONSENSE),
        "fal": ({"do": "wrong_count", "count": 0}, NONSENSE),
    },
    "two pictures": {
        "openai": ({"do": "wrong_count", "count": 2}, NONSENSE),
        "fal": ({"do": "wrong_count", "count": 2}, NONSENSE),
    },
    "no base64": {"openai": ({"do": "bad_base64"}, NONSENSE)},
    "60 MB and more": {
        "openai": ({"do": "huge", "bytes": 84_000_000}, NONSENSE),
        "fal": ({"do": "huge", "bytes": 63_000_000, **FILE}, NONSENSE),
    },
    "something else": {"test": ("test:wrong_output", free(Reason.WRONG_OUTPUT))},
    "not to be stored": {"test": ("test:storage_error", free(Reason.STORAGE_ERROR))},
}
LIMITS = {"never an answer": 1.0, "a byte now and then": 1.5}
"""Seconds that the call may take, where that is what is tested."""


@pytest.fixture(params=UPSTREAMS)
def upstream(request: pytest.FixtureRequest) -> Upstream:
    return UPSTREAMS[request.param]


@pytest.fixture
def provider(upstream: Upstream, twin: str, control: Any) -> Iterator[ProviderTwin | None]:
    """The twin of the adapter's provider, with nothing remembered; the sandbox has none."""
    known = upstream.twin(twin)
    if known is None:
        yield None
        return
    with closing(known):
        yield known


def parameters(upstream: Upstream, output_format: str = "png") -> ImageParameters:
    quality = "low" if upstream.adapter == "openai" else ""
    return ImageParameters(size=f"{SIZE[0]}x{SIZE[1]}", quality=quality, output_format=output_format)


def call(upstream: Upstream, twin: str, /, **changes: Any) -> ProviderCall:
    known = ProviderCall(
        attempt=uuid.uuid4(),
        base_url=twin + upstream.path,
        key=upstream.key,
        model=upstream.model,
        prompt="a red fox",
        parameters=parameters(upstream),
        references=(),
        mask=None,
        partials=0,
        room=MemorySlot(),
        end_user="somebody",
        seconds=20.0,
    )
    return dataclasses.replace(known, **changes)


async def make(upstream: Upstream, order: ProviderCall) -> DeliveredImage:
    async def ignore(data: bytes) -> None:
        pass

    return await registry.make_image(upstream.adapter, order, ignore)


def paid(upstream: Upstream, provider: ProviderTwin | None) -> list[dict[str, Any]]:
    return provider.calls(endpoint=upstream.paid) if provider else []


def rows() -> Iterator[Any]:
    for name, by_adapter in CASES.items():
        for adapter in by_adapter:
            yield pytest.param(name, adapter, id=f"{adapter}: {name}")


@pytest.mark.parametrize(("name", "upstream"), list(rows()), indirect=["upstream"])
async def test_a_failure_says_what_it_is_and_nothing_is_tried_again(
    name: str, upstream: Upstream, provider: ProviderTwin | None, twin: str
):
    trouble, want = CASES[name][upstream.adapter]
    changes: dict[str, Any] = {"seconds": LIMITS[name]} if name in LIMITS else {}
    if isinstance(trouble, str):
        changes["prompt"] = trouble
    elif provider:
        provider.script(**{"times": 0, **trouble})
    with pytest.raises(ProviderFailure) as caught:
        await make(upstream, call(upstream, twin, **changes))
    failure = caught.value
    said = Want(
        failure.reason,
        failure.outcome,
        failure.paid,
        failure.may_retry,
        failure.retry_after,
        failure.runs_on,
        calls=len(paid(upstream, provider)),
        blame=failure.blame if want.blame is not None else None,
    )
    assert said == want
    assert failure.error
    if want.outcome is Outcome.REFUSED:
        assert failure.detail["stage"] == want.reason.removeprefix("moderation_")
    assert failure.request or not want.runs_on


async def test_nobody_there_is_no_call(upstream: Upstream):
    if upstream.path:
        with pytest.raises(ProviderFailure) as caught:
            await make(upstream, call(upstream, NOWHERE))
        failure = caught.value
        assert (failure.reason, failure.outcome) == (BUSY.reason, BUSY.outcome)
        assert (failure.may_retry, failure.paid, failure.runs_on) == (True, False, False)


async def test_what_comes_is_what_was_ordered_byte_for_byte(
    upstream: Upstream, provider: ProviderTwin | None, twin: str
):
    for output_format in upstream.formats:
        delivery = await make(upstream, call(upstream, twin, parameters=parameters(upstream, output_format)))
        with Image.open(io.BytesIO(delivery.data)) as picture:
            assert (picture.size, picture.format.lower()) == (SIZE, output_format)
        assert delivery.request
        if provider:
            sent = paid(upstream, provider)[-1]
            assert sent["images"] == [hashlib.sha256(delivery.data).hexdigest()]
            assert delivery.units
    assert len(paid(upstream, provider)) == (len(upstream.formats) if provider else 0)


@pytest.mark.parametrize("do", ["corrupt", "wrong_size", "wrong_format"])
async def test_a_picture_is_handed_on_untouched_whatever_is_wrong_with_it(
    do: str, upstream: Upstream, provider: ProviderTwin | None, twin: str
):
    if provider:
        provider.script(do)
        delivery = await make(upstream, call(upstream, twin))
        assert paid(upstream, provider)[0]["images"] == [hashlib.sha256(delivery.data).hexdigest()]


async def test_partial_pictures_come_where_the_provider_has_them(
    upstream: Upstream, provider: ProviderTwin | None, twin: str
):
    shown: list[bytes] = []

    async def show(data: bytes) -> None:
        shown.append(data)

    delivery = await registry.make_image(upstream.adapter, call(upstream, twin, partials=2), show)
    assert len(shown) == upstream.partials
    assert delivery.data not in shown
    assert len({*shown}) == len(shown)


async def test_who_is_cancelled_ends_at_once_and_leaves_the_request_alone(
    upstream: Upstream, provider: ProviderTwin | None, twin: str
):
    order = call(upstream, twin, prompt="a red fox test:slow=30")
    task = asyncio.create_task(make(upstream, order))
    while provider and not (order.upstream.request if upstream.keeps else paid(upstream, provider)):  # noqa: ASYNC110 -- a log
        await asyncio.sleep(0.02)
    task.cancel()
    async with asyncio.timeout(2):
        await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert len(paid(upstream, provider)) == (1 if provider else 0)
    if provider:
        assert not provider.calls(endpoint="cancel")


IN_STREAM: dict[str, tuple[dict[str, Any], Want]] = {
    **{
        f"{name}, {'flat' if flat else 'nested'}": ({**told, "flat": flat}, want)
        for flat in (False, True)
        for name, (told, want) in {
            "busy by its code": ({"code": "rate_limit_exceeded", "type": None}, BUSY),
            "out of funds by its code": (
                {"code": "credit_balance_exhausted", "type": "server_error"},
                dataclasses.replace(REJECTED, blame=Blame.FUNDS),
            ),
            "broken by its code": ({"code": "server_error", "type": None}, BROKEN),
            "withheld by its code": ({"code": "moderation_blocked", "type": None}, REFUSED),
            "given up by its code": ({"code": "request_timeout", "type": None}, GIVEN_UP),
        }.items()
    },
    "busy by its type": ({"type": "rate_limit_error"}, BUSY),
    "busy by the kind of its limit": ({"type": "input-images"}, BUSY),
    "out of funds by its type": (
        {"type": "insufficient_quota"},
        dataclasses.replace(REJECTED, blame=Blame.FUNDS),
    ),
    "broken by its type": ({"type": "server_error"}, BROKEN),
    "overloaded by its type": ({"type": "overloaded_error"}, BROKEN),
    "withheld by its type": ({"type": "moderation_blocked"}, REFUSED),
    "given up by a gateway": ({"type": "cf_gateway_timeout"}, GIVEN_UP),
    "key revoked by its code": (
        {"type": "invalid_request_error", "code": "invalid_api_key"},
        dataclasses.replace(REJECTED, blame=Blame.KEY),
    ),
    "anything else": ({"type": "invalid_request_error", "code": "invalid_value"}, REJECTED),
    "broken after a partial picture": (
        {"type": "server_error", "count": 1},
        Want(Reason.PROVIDER_ERROR, Outcome.FAILED, paid=True),
    ),
}


@pytest.mark.parametrize("name", IN_STREAM)
async def test_an_error_in_a_stream_is_known_by_its_code_or_its_type(name: str, twin: str, control: Any):
    told, want = IN_STREAM[name]
    upstream = UPSTREAMS["openai"]
    with closing(OpenAITwin(twin)) as provider:
        provider.script("stream_error", **told)
        with pytest.raises(ProviderFailure) as caught:
            await make(upstream, call(upstream, twin, partials=2))
    failure = caught.value
    assert (failure.reason, failure.outcome, failure.paid, failure.may_retry) == (
        want.reason,
        want.outcome,
        want.paid,
        want.may_retry,
    )
    assert want.blame is None or failure.blame is want.blame


@pytest.mark.parametrize(("moderation", "sent"), [("auto", None), ("low", "low")])
async def test_an_edit_says_nothing_of_the_usual_moderation(
    moderation: str, sent: str | None, twin: str, control: Any
):
    upstream, picture = UPSTREAMS["openai"], io.BytesIO()
    Image.new("RGB", SIZE).save(picture, "PNG")
    wanted = dataclasses.replace(parameters(upstream), moderation=moderation)
    with closing(OpenAITwin(twin)) as provider:
        await make(upstream, call(upstream, twin, parameters=wanted, references=(picture.getvalue(),)))
        (edit,) = provider.calls(endpoint="images/edits")
        assert edit.get("moderation") == sent


@pytest.mark.parametrize("name", ["OPENAI_ORG_ID", "OPENAI_PROJECT_ID"])
async def test_no_organization_and_no_project_is_named(
    name: str, twin: str, control: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(name, "of-somebody-else")
    upstream = UPSTREAMS["openai"]
    assert (await make(upstream, call(upstream, twin, key=f"sk-{name}"))).data


@pytest.mark.parametrize("upstream", [name for name, one in UPSTREAMS.items() if one.keeps], indirect=True)
async def test_a_request_that_is_kept_is_taken_up(upstream: Upstream, provider: ProviderTwin, twin: str):
    provider.script("reset", at=20_000, **FILE)
    noted: list[str] = []

    async def note(request: str) -> None:
        noted.append(request)

    with pytest.raises(ProviderFailure) as caught:
        await make(upstream, call(upstream, twin, upstream=UpstreamRequest(note=note)))
    assert noted == [caught.value.request]
    delivery = await make(upstream, call(upstream, twin, upstream=UpstreamRequest(noted[0], note=note)))
    assert delivery.request == noted[0]
    (sent,) = paid(upstream, provider)
    assert sent["images"] == [hashlib.sha256(delivery.data).hexdigest()]
    assert len(noted) == 1


def test_no_adapter_is_missing_here():
    assert set(UPSTREAMS) == registry.NAMES
    assert {name for case in CASES.values() for name in case} == registry.NAMES
