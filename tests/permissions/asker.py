"""Asks routes for nonsense, and keeps what was answered as no answer is to be."""

import copy
import json
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.test import Client

from tests.permissions import nonsense
from tests.permissions.asking import Asked, Path

ROUNDS = 2
"""What a route reads may depend on what it was sent: for whether there is more, it is looked again."""
REFUSED = {"_to_field", "_popup"}
"""Of Django's admin: with nonsense in these it looks at nothing else."""
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PROGRAMS = ("/api/", "/v1/")
GOOD = {
    "prompt": "a lighthouse", "model": "gpt-image-2", "n": "1", "size": "1024x1024", "shape": "1:1", "quality": "low",
    "background": "auto", "output_format": "png", "lines": "a bell\na fox", "name": "Autumn", "max_credits": "999",
    "template": "{prompt}, {mood}", "summary": "Calm", "email": "lena@example.com", "role": "viewer", "scopes": "images:read",
    "pack": "starter", "threshold": "100", "per_day": "1", "reason": "Because.", "credits": "1",
}  # fmt: skip
"""What a form's other fields say while one of them says nonsense."""
MEMBERS = {
    "prompt": "a lighthouse", "rows": [{"prompt": "a lighthouse"}], "name": "Autumn", "template": "{prompt}, {mood}",
    "slots": {"mood": {"default": "calm"}}, "pack": "starter",
}  # fmt: skip
"""The same of a JSON body."""


@dataclass
class Asker:
    """Sends nonsense by one client.

    Attributes:
        client: whose cookies or token come along, each time the same.
        asked: what the routes have read.
        undone: undoes what a request has done to the database.
        texts: what is said for each name.
        alone: what is said for each name of a form or a body while the others say something good.
        paths: what is said in place of an object's id.
        share: one request in so many is sent; an odd number, since each second one is htmx's.
        faults: what went wrong, and the first request that it went wrong with.
    """

    client: Client
    asked: Asked
    undone: Callable[[], AbstractContextManager]
    texts: tuple[str, ...] = nonsense.TEXTS
    alone: tuple[str, ...] = nonsense.KILLERS
    paths: tuple[str, ...] = nonsense.PATHS
    share: int = 1
    faults: dict[str, str] = field(default_factory=dict)
    error: BaseException | None = None
    sent: int = 0

    def __post_init__(self) -> None:
        self.cookies = copy.deepcopy(self.client.cookies)

    def walk(
        self,
        verb: str,
        address: str,
        named: Mapping[str, str],
        body: Mapping[str, Any],
        names: Iterable[str] = (),
    ) -> None:
        """Ask one route for nonsense in all that it reads, and in `names`."""
        here = address.format(**named)
        as_json = here.startswith(PROGRAMS) and verb != "GET"
        self.asked.clear()
        if as_json:
            self.send(verb, here, json.dumps(body), JSON, always=True)
        else:
            self.say(verb, here, body, always=True)
        self.in_path(verb, address, named)
        self.in_names(verb, here, body, set(names))
        if as_json:
            self.in_json(verb, here, body)
        for name in sorted(self.asked.files) if verb == "POST" else ():
            for text in nonsense.FILE_NAMES:
                file = SimpleUploadedFile("a.png", b"no picture")
                file._name = text
                self.send(verb, here, files={**body, name: file}, about=text)

    def in_path(self, verb: str, address: str, named: Mapping[str, str]) -> None:
        for text in (*self.paths, *self._ids()) if "{" in address else ():
            self.send(verb, address.format(**dict.fromkeys(named, quote(text, safe=""))), about=text)

    def in_names(self, verb: str, address: str, body: Mapping[str, Any], names: set[str]) -> None:
        """All names at once, each with another text in each request; those of a form one by one, too."""
        known: set[str] = set()
        for _ in range(ROUNDS):
            fresh = (names | self.asked.names | self._members()) - known - REFUSED
            known |= fresh
            if not fresh:
                return
            for said in turns(sorted(known), (*self.texts, *self._ids())):
                self.say(verb, address, said)
            if verb == "POST" and not address.startswith(PROGRAMS):
                good = {name: GOOD[name] for name in known & GOOD.keys()} | dict(body)
            elif verb == "GET" and address.startswith(PROGRAMS):
                good = {}
            else:
                continue
            for name in sorted(fresh):
                for text in (*self.alone, *self._ids()):
                    self.say(verb, address, good | {name: text})

    def in_json(
        self, verb: str, address: str, body: Mapping[str, Any], fields: frozenset[Path] = frozenset()
    ) -> None:
        for data in nonsense.BODIES:
            self.send(verb, address, data, JSON, about=data)
        known: set[Path] = set()
        for _ in range(ROUNDS):
            fresh = (self.asked.fields | fields) - known
            known |= fresh
            tops = {path[0] for path in known}
            good = {name: MEMBERS[name] for name in tops & MEMBERS.keys()} | dict(body)
            for said in turns(sorted(tops), (*self.texts, *nonsense.VALUES)):
                self.send(verb, address, json.dumps(said), JSON, about=said)
            for path in sorted(fresh):
                for value in (*self.alone, *nonsense.VALUES, *self._ids()):
                    self.send(verb, address, json.dumps(_with(good, path, value)), JSON, about=(path, value))

    def say(self, verb: str, address: str, said: Mapping[str, Any], *, always: bool = False) -> None:
        """In the query where there is no form; every second time as htmx would."""
        data = urlencode(said, doseq=True)
        headers = {"HX-Request": "true"} if self.sent % 2 else {}
        if verb == "POST" and not address.startswith(PROGRAMS):
            self.send(verb, address, data, about=said, headers=headers, always=always)
        else:
            self.send(verb, f"{address}?{data}", about=said, headers=headers, always=always)

    def send(
        self,
        verb: str,
        address: str,
        data: Any = "",
        kind: str = FORM,
        *,
        about: Any = "",
        files: Any = None,
        always: bool = False,
        **more: Any,
    ) -> None:
        """Send one request, unless it is outside the share; `always` for a good one, which shows what a route reads."""
        self.error, self.sent = None, self.sent + 1
        if not always and self.sent % self.share:
            return
        self.client.cookies = copy.deepcopy(self.cookies)
        got_request_exception.connect(self._note)
        try:
            with self.undone():
                if files is None:
                    answer = self.client.generic(verb, address, data, content_type=kind, **more)
                else:
                    answer = self.client.post(address, files, **more)
                content = answer.getvalue() if answer.streaming else answer.content
        finally:
            got_request_exception.disconnect(self._note)
        unreachable = answer.status_code == 503 and b"database can't be reached" in content
        if self.error or answer.status_code == 500 or unreachable:
            at = f"{type(self.error).__name__} {self.error!s:.100} {_place(self.error)}"
            self.faults.setdefault(at, f"{verb} {address[:80]} {about!r:.100}")

    def told(self) -> str:
        return "\n".join(f"{fault}\n    first by {request}" for fault, request in self.faults.items())

    def _note(self, *_args: Any, **_more: Any) -> None:
        self.error = sys.exception()

    def _ids(self) -> list[str]:
        return [f"{prefix}_{nonsense.LARGEST}" for prefix in sorted(self.asked.prefixes)]

    def _members(self) -> set[str]:
        """A query may be read by a serializer, too."""
        return {path[0] for path in self.asked.fields}


def turns(names: list[str], values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """As many mappings as there are values: in each every name has another one, and in all each has had each."""
    for turn in range(len(values) if names else 0):
        yield {name: values[(turn + place) % len(values)] for place, name in enumerate(names)}


def _with(body: Mapping[str, Any], path: Path, value: Any) -> dict[str, Any]:
    whole = json.loads(json.dumps(body))
    at = whole
    for step in path[:-1]:
        at = at.setdefault(step, {})
        if isinstance(at, list):
            at = at[0]
    at[path[-1]] = value
    return whole


def _place(error: BaseException | None) -> str:
    """The innermost line of ours, and the one that raised."""
    lines = traceback.extract_tb(error.__traceback__) if error else []
    ours = [line for line in lines if "site-packages" not in line.filename and "/tests/" not in line.filename]
    return " < ".join(f"{line.filename}:{line.lineno} {line.line}" for line in (*lines[-1:], *ours[-1:]))
