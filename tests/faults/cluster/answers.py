"""What clients were answered, by the proxy's own log, and whether the weather of that moment explains it."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.cluster import place

GRACE = 10.0
"""Seconds after a trouble in which it still explains an answer."""
USUAL = {200, 201, 202, 204, 302, 400, 404, 409, 429}
AWAY, LEFT = 503, 499
"""Come again; and nginx's own for a client that waited no longer."""
STORED = ("/v1/", "/api/v1/references", "/api/v1/generations")
"""Paths whose answers may need the store."""
PROCESSES = {"web", "web2", "live", "live2"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the log.

    Attributes:
        at: when it ended, in seconds since 1970.
        took: seconds.
        upstream: who was asked, one after the other.
        said: what each of them answered.
        retry_after: the header of that name.
        done: empty where the client did not get all of it.
    """

    at: float
    took: float
    method: str
    path: str
    status: int
    upstream: str
    said: str
    retry_after: str
    done: str

    def __str__(self) -> str:
        end = "" if self.done else ", not whole"
        return (
            f"{self.method} {self.path} {self.status}{end} after {self.took:.1f} s, "
            f"upstream {self.upstream} said {self.said}, Retry-After {self.retry_after or 'none'}, at {self.at:.1f}"
        )


@dataclass(slots=True)
class Trouble:
    """Something that was done to a unit.

    Attributes:
        what: a unit's name.
        began, ended: seconds since 1970; it has not ended where that is 0.
    """

    what: str
    began: float
    ended: float = 0.0

    def explains(self, answer: Answer) -> bool:
        """Whether the answer was under way during it, or soon after."""
        return answer.at >= self.began and answer.at - answer.took <= (self.ended or answer.at) + GRACE


@dataclass(slots=True)
class Judgement:
    """What was found.

    Attributes:
        statuses: how often each was answered.
        away: 503 with Retry-After while the database, its pooler or the store was away.
        cut: requests that were under way at a process which was killed or restarted, and can't be sent twice.
        wrong: everything else that is no usual answer.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    away: int = 0
    cut: int = 0
    wrong: list[str] = field(default_factory=list)


def judge(troubles: list[Trouble]) -> Judgement:
    """Judge every line of the log."""
    found = Judgement()
    for answer in _read(place.STATE / "proxy" / "answers.log"):
        found.statuses[answer.status] += 1
        if answer.status in USUAL and answer.done:
            continue
        during = {one.what for one in troubles if one.explains(answer)}
        if _is_away(answer, during):
            found.away += 1
        elif _was_cut(answer, during):
            found.cut += 1
        else:
            found.wrong.append(f"{answer}; troubles then: {', '.join(sorted(during)) or 'none'}")
    return found


def _is_away(answer: Answer, during: set[str]) -> bool:
    """Whether it was told to come again because of what the product needs."""
    needed = {"database", "pooler"}
    if answer.path.startswith(STORED):
        needed.add("store")
    if answer.path.startswith("/stripe/"):
        needed.add("first events")
    return answer.status == AWAY and bool(answer.retry_after) and bool(during & needed)


def _was_cut(answer: Answer, during: set[str]) -> bool:
    """Whether its process was gone in the middle of it: a stream ends early, another is told to come again."""
    gone = {f"127.0.0.1:{place.PORTS[name]}" for name in during & PROCESSES}
    if not gone & set(answer.upstream.replace(",", " ").split()):
        return False
    is_told = answer.status == AWAY and bool(answer.retry_after)
    return is_told or (not answer.done and answer.status in USUAL | {LEFT})


def _read(path: Path) -> Iterator[Answer]:
    for line in path.read_text().splitlines():
        yield Answer(**json.loads(line))
