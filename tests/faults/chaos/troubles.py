"""`CHAOS=faults`: everything an upstream may do wrong, so many times each, first alone and then with kill -9 of workers.

A customer is charged for what is stored and for nothing else; each paid call has an attempt row; of calls whose outcome
nobody knows there are at most two for an image.
"""

import os
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

import httpx
from django.db.models import Count, F, Max, Q, Sum

from accounts.models import Workspace
from billing import ledger
from generation.catalog import cache
from generation.catalog.parameters import ImageParameters
from generation.models import Attempt, Generation, Image, ImageStatus, Outcome, Provider
from generation.orders.order import Order
from generation.orders.submit import submit
from generation.providers import circuit_breaker
from tests.faults.chaos import place, scene
from tests.faults.chaos.diary import Diary
from tests.faults.chaos.killer import Killer
from tests.faults.chaos.verdict import Verdict

TIMES = int(os.environ.get("CHAOS_FAULTS", "20"))
CALL_SECONDS = 30
IN_FLIGHT = 80
"""As many pictures as the twin draws well within the seconds of a call, on two cores."""
PATIENCE = 1_200.0
CALLS_BETWEEN = 60
"""Calls that begin between two kills, so that each strikes a worker in the middle of its work."""
MOST_UNKNOWN = 2

PASSES: dict[str, dict[str, Any]] = {
    "429, Retry-After 1": {"do": "status", "status": 429, "headers": {"retry-after": "1"}},
    "429, Retry-After 0": {"do": "status", "status": 429, "headers": {"retry-after": "0"}},
    "429, Retry-After nonsense": {"do": "status", "status": 429, "headers": {"retry-after": "soon"}},
    "429 without Retry-After": {"do": "status", "status": 429},
    "500": {"do": "status", "status": 500},
    "502": {"do": "status", "status": 502},
    "503": {"do": "status", "status": 503},
    "made, billed, then 504": {"do": "made_then_status"},
    "made, billed, then 524": {"do": "made_then_status", "status": 524},
    "reset before the answer": {"do": "reset"},
    "reset after 1 byte": {"do": "reset", "at": 1},
    "reset in the picture": {"do": "reset", "at": 100_000},
    "cut off in the picture": {"do": "truncate"},
    "slow to begin": {"do": "delay", "seconds": 2},
}
"""Happens to the first call of each image; the next one works, so the image has to be stored."""
STAYS: dict[str, dict[str, Any]] = {
    "key revoked": {"do": "status", "status": 401},
    "bad request": {"do": "status", "status": 400},
    "out of funds": {"do": "status", "status": 429, "code": "insufficient_quota"},
    "words refused": {"do": "moderation_input"},
    "picture withheld": {"do": "moderation_output"},
    "HTML with status 200": {"do": "html"},
    "HTML with status 502": {"do": "html", "status": 502},
    "nothing with status 200": {"do": "empty"},
    "no picture": {"do": "wrong_count", "count": 0},
    "two pictures": {"do": "wrong_count", "count": 2},
    "not base64": {"do": "bad_base64"},
    "corrupt": {"do": "corrupt"},
    "wrong size": {"do": "wrong_size"},
    "wrong format": {"do": "wrong_format"},
    "never an answer": {"do": "hang"},
    "a byte now and then": {"do": "drip", "bytes": 64, "seconds": 0.1},
}
"""Happens to every call: the image has to fail, and to cost nothing."""
STOP_ALL = ("key revoked", "out of funds")
"""Stop all calls for ten seconds, as they should: each happens once, at the end."""
HEAD = ("fault", "images", "stored", "failed as", "credits", "calls", "attempts", "losses", "slowest s")


@dataclass(frozen=True, slots=True)
class Row:
    """What became of the images of one fault."""

    fault: str
    images: int
    stored: int
    reasons: Counter[str]
    charged: int
    calls: int
    attempts: int
    losses: int
    unknown: int
    slowest: float

    def cells(self) -> tuple[str, ...]:
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.reasons.items()))
        numbers = (self.charged, self.calls, self.attempts, self.losses)
        return (
            self.fault,
            str(self.images),
            str(self.stored),
            reasons or "-",
            *map(str, numbers),
            f"{self.slowest:.1f}",
        )


def run(diary: Diary, killer: Killer) -> Verdict:
    """Both passes with their tables, and what was wrong."""
    workspace = Workspace.objects.create(name="Faults", slug="chaos-faults")
    ledger.grant(workspace, scene.PLENTY, key="plenty:faults", reference="plenty")
    # Here most calls fail on purpose; what a circuit and a budget of retries make of that is told by tests of their own.
    Provider.objects.update(timeout_seconds=CALL_SECONDS, opens_after=32_767, retry_share=100)
    scene.let_in_flight(IN_FLIGHT)
    time.sleep(
        2 * cache.MAX_AGE_SECONDS
    )  # a call by the time-out of before would last long enough to be answered
    verdict = Verdict()
    for name, with_kills in (("alone", False), ("killed", True)):
        for provider in Provider.objects.all():
            circuit_breaker.reset(provider)  # as an operator does who has paid
        _script(name)
        made = _order(workspace, name)
        left = _wait(made, killer if with_kills else None, diary)
        rows = [_row(name, fault) for fault in (*PASSES, *STAYS)]
        diary.say(f"\nwith kill -9 of workers: {with_kills}\n{_table(rows)}\n")
        verdict.add("stuck", (f"{name}: {generation} is {generation.status}" for generation in left))
        for row in rows:
            _judge(verdict, name, row, with_kills=with_kills)
    return verdict


def _script(name: str) -> None:
    once = [
        {**rule, "match": {"prompt": _prompt(name, fault, number)}}
        for fault, rule in PASSES.items()
        for number in range(TIMES)
    ]
    always = [{**rule, "match": {"prompt": _words(name, fault)}, "times": 0} for fault, rule in STAYS.items()]
    with httpx.Client(base_url=place.twins()) as twin:
        twin.delete("/_control/openai/script").raise_for_status()
        twin.post("/_control/openai/script", json=once + always).raise_for_status()


def _words(name: str, fault: str) -> str:
    return f"[{name}: {fault}]"


def _prompt(name: str, fault: str, number: int) -> str:
    return f"{_words(name, fault)} number {number}."


def _order(workspace: Workspace, name: str) -> list[Generation]:
    many = [fault for fault in (*PASSES, *STAYS) if fault not in STOP_ALL]
    wanted = [(fault, number) for number in range(TIMES) for fault in many] + [
        (fault, 0) for fault in STOP_ALL
    ]
    prompts = [_prompt(name, fault, number) for fault, number in wanted]
    orders = [
        Order(
            prompt=prompt,
            model="gpt-image-2.5-flare",
            parameters=ImageParameters(size="816x816", quality="low"),
        )
        for prompt in prompts
    ]
    return [submit(workspace, order, source="api") for order in orders]


def _wait(made: list[Generation], killer: Killer | None, diary: Diary) -> list[Generation]:
    """Until all are finished, killing a worker now and then; those that are not when patience ends."""
    unfinished = Generation.objects.filter(pk__in=[one.pk for one in made], finished_at=None)
    deadline, begun = time.monotonic() + PATIENCE, Attempt.objects.count()
    while (left := unfinished.count()) and time.monotonic() < deadline:
        calls = Attempt.objects.count() - begun
        if killer and calls >= CALLS_BETWEEN and (role := killer.strike({"worker": 1})):
            diary.note(f"kill -9 {role} after {calls} more calls, {left} unfinished")
            begun += calls
        time.sleep(0.5)
    return list(unfinished)


def _row(name: str, fault: str) -> Row:
    words = _words(name, fault)
    images = Image.objects.filter(generation__prompt__startswith=words)
    attempts = Attempt.objects.filter(image__in=images)
    calls = httpx.get(f"{place.twins()}/_control/openai/log", params={"prompt": words}, timeout=30).json()[
        "count"
    ]
    reasons = Counter(images.filter(status=ImageStatus.FAILED).values_list("reason", flat=True))
    of_image = attempts.values("image").annotate(unknown=Count("pk", filter=Q(outcome=Outcome.UNKNOWN)))
    generations = Generation.objects.filter(prompt__startswith=words)
    slowest = generations.aggregate(longest=Max(F("finished_at") - F("created_at")))["longest"]
    return Row(
        fault=fault,
        images=images.count(),
        stored=images.filter(status=ImageStatus.STORED).count(),
        reasons=reasons,
        charged=generations.aggregate(all=Sum("charged", default=0))["all"],
        calls=calls,
        attempts=attempts.count(),
        losses=attempts.filter(is_loss=True).count(),
        unknown=max((one["unknown"] for one in of_image), default=0),
        slowest=slowest.total_seconds() if slowest else 0.0,
    )


def _judge(verdict: Verdict, name: str, row: Row, *, with_kills: bool) -> None:
    wrong = []
    if row.charged != row.stored:  # a low 816x816 costs one credit
        wrong.append(f"{row.charged} credits for {row.stored} images")
    if row.fault in STAYS and row.stored:
        wrong.append(f"{row.stored} images were stored from an upstream that always fails")
    if row.calls > row.attempts:
        wrong.append(f"{row.calls} calls, {row.attempts} attempts")
    if row.unknown > MOST_UNKNOWN:
        wrong.append(f"{row.unknown} calls for one image ended without anybody knowing how")
    verdict.add("created", (f"{name}, {row.fault}: {words}" for words in wrong))
    if row.fault in PASSES and not with_kills and row.stored < row.images:
        verdict.add("lost", [f"{name}, {row.fault}: {row.stored} of {row.images} stored"])


def _table(rows: list[Row]) -> str:
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
