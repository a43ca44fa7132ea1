"""Scripted faults: rules that a test sends to `/_control/…/script`, and magic words in a prompt.

A rule is `{"match": {field: value}, "times": N, "skip": K, "do": NAME, …options}`. `match` compares fields of the call: `prompt`
and `path` by substring, all others by equality; an empty match fits every call. `times` defaults to 1, 0 means for ever; `skip`
lets the first K matching calls pass. The first rule that fits decides. Calls of the moderation endpoint are hit only by rules
that match `path` or `endpoint`.

| do | options (default) | what the client sees |
| --- | --- | --- |
| status | status (500), headers, code, type, message, body, kept (Stripe: true, the same to the same key) | an error answer |
| delay | seconds (1) | the right answer, later |
| hold | seconds (120) | the right answer, once the script is dropped (DELETE) |
| hang | seconds (600) | nothing, then a reset |
| reset | at (0) | a TCP reset after that many bytes of the body; 0 is before the status line, -1 before the last byte |
| truncate | at (half) | an orderly close in the middle of the body |
| drip | bytes (1024), seconds (0.1) | the right answer, slowly |
| html | status (200) | a proxy's HTML page |
| made_then_status | status (504) | a gateway's HTML page in place of a picture (OpenAI's) that was made and is billed |
| empty | status (200) | no body |
| huge | bytes (200 MB) | valid JSON without end |
| corrupt | | a picture that doesn't decode |
| bad_base64 | | text that is no base64 |
| wrong_size | size (992x992) | a picture of another size |
| wrong_format | format (jpeg, or png) | a picture of another format |
| no_alpha | | an opaque picture where transparency was ordered |
| wrong_count | count (n - 1) | fewer or more pictures than ordered |
| moderation_input, moderation_output | categories (["violence"]) | refused before, or after the work (fal charges both) |
| partial_then_reset | count (1) | a stream (nothing else) that dies after that many partial pictures |
| stream_error | type (server_error), code (null), message, count (0), flat (false) | a stream (nothing else) that tells an error after that many partial pictures, under `error` or in the event itself (where only `code` says what it is) |
| no_stream | | the whole answer, whether or not a stream was asked for |
| other_model | model (gpt-image-2, or 2.5-flare) | the answer names that model, and its tokens are that model's |
| shutdown_date | date (null) | the list of models names a day for the end; match it by `model`. Calls for images go on |
| not_enabled | | a model that the account may not use: refused, and not listed; match it by `model` |
| unverified | | a model (OpenAI's) that the organization has to be verified for: refused, and listed all the same |
"""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

KINDS = frozenset(
    [
        "status",
        "delay",
        "hang",
        "hold",
        "reset",
        "truncate",
        "drip",
        "html",
        "made_then_status",
        "empty",
        "huge",
        "corrupt",
        "bad_base64",
        "wrong_size",
        "wrong_format",
        "no_alpha",
        "wrong_count",
        "moderation_input",
        "moderation_output",
        "partial_then_reset",
        "stream_error",
        "no_stream",
        "other_model",
        "shutdown_date",
        "not_enabled",
        "unverified",
    ]
)
LISTED = frozenset(["shutdown_date"])
"""What changes the list of models and no call; such rules are not used up."""
BY_SUBSTRING = ("prompt", "path")
MAGIC = re.compile(r"\btest:([a-z0-9_]+)(?:=(\d+(?:\.\d+)?))?")


@dataclass(frozen=True)
class Fault:
    """One fault to apply to one call."""

    do: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str, default: Any = None) -> Any:
        return self.options.get(name, default)

    async def held(self) -> None:
        """Wait until the script is dropped, or for as long as the rule says."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.options["dropped"].wait(), float(self.get("seconds", 120)))


@dataclass
class Rule:
    """A fault and the calls that it is meant for."""

    fault: Fault
    match: Mapping[str, Any]
    times: int
    skip: int

    @classmethod
    def parse(cls, rule: Mapping[str, Any]) -> "Rule":
        """Raises ValueError with a sentence where the rule makes no sense."""
        rest = dict(rule)
        do, match = rest.pop("do", None), rest.pop("match", {})
        times, skip = rest.pop("times", 1), rest.pop("skip", 0)
        if do not in KINDS:
            raise ValueError(f"'do' must be one of {', '.join(sorted(KINDS))}, not {do!r}.")
        if not isinstance(match, Mapping):
            raise ValueError("'match' must be an object.")  # noqa: TRY004 - the caller turns ValueError into a 400
        if do == "hold":
            rest["dropped"] = asyncio.Event()
        return cls(Fault(do, rest), match, int(times) or -1, int(skip))

    def fits(self, call: Mapping[str, Any]) -> bool:
        return all(
            str(value) in str(call.get(name, ""))
            if name in BY_SUBSTRING
            else str(value) == str(call.get(name))
            for name, value in self.match.items()
        )


class Script:
    """The rules of one provider, used up in order."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.seen: Counter[str] = Counter()

    def extend(self, rules: Iterable[Mapping[str, Any]]) -> None:
        self.rules += [Rule.parse(rule) for rule in rules]

    def clear(self) -> None:
        for rule in self.rules:
            if rule.fault.do == "hold":
                rule.fault.options["dropped"].set()
        self.rules.clear()
        self.seen.clear()

    def take(self, call: Mapping[str, Any], *, naming: tuple[str, ...] = ()) -> Fault | None:
        """The fault for this call, by the script or else by magic words in its prompt.

        With `naming` a rule has to match one of these fields, so that rules for every call leave this one alone.
        """
        for rule in self.rules:
            if (
                rule.times == 0
                or rule.fault.do in LISTED
                or not rule.fits(call)
                or (naming and not rule.match.keys() & set(naming))
            ):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.times -= 1
            return rule.fault
        return self._by_magic(str(call.get("prompt") or ""))

    def hides(self, model: str) -> bool:
        """Whether a model is not enabled; asking for it uses no rule up."""
        return any(
            rule.fault.do == "not_enabled" and rule.times and rule.fits({"model": model})
            for rule in self.rules
        )

    def shutdown_date(self, model: str) -> Any:
        """The day on which a model ends by the list of models, as scripted: whatever a rule says, or null."""
        for rule in self.rules:
            if rule.fault.do == "shutdown_date" and rule.times and rule.fits({"model": model}):
                return rule.fault.get("date")
        return None

    def _by_magic(self, prompt: str) -> Fault | None:
        """`test:NAME` or `test:NAME=ARGUMENT`; the argument of rate_limit and server_error is how often they strike."""
        found = MAGIC.search(prompt)
        if not found:
            return None
        name, argument = found[1], float(found[2] or 0)
        if name in ("rate_limit", "server_error"):
            self.seen[prompt] += 1
            if argument and self.seen[prompt] > argument:
                return None
        magic = {
            "timeout": Fault("hang", {"seconds": argument or 600}),
            "slow": Fault("delay", {"seconds": argument or 5}),
            "rate_limit": Fault("status", {"status": 429, "headers": {"retry-after": "1"}}),
            "server_error": Fault("status", {"status": 500}),
        }
        return magic.get(name) or (Fault(name) if name in KINDS else None)


def gateway_page(status: int) -> bytes:
    """What stands between us and a provider answers in its place."""
    title = f"{status} {GATEWAY_WORDS.get(status, 'Bad Gateway')}"
    return (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    ).encode()


GATEWAY_WORDS = {504: "Gateway Time-out", 522: "Connection timed out", 524: "A timeout occurred"}
HTML_PAGE = gateway_page(502)


async def endless(prefix: bytes, total: int, suffix: bytes) -> AsyncIterator[bytes]:
    """A valid body of `total` filler bytes between prefix and suffix."""
    yield prefix
    block = b"A" * 262_144
    for start in range(0, total, len(block)):
        yield block[: total - start]
    yield suffix
