"""Asks routes for nonsense, and keeps what was answered as no answer is to be."""

import copy
import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.signals import got_request_exception
from django.test import Client

from tests.permissions import nonsense
from tests.permissions.asking import Asked, Path

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
NOISE = {"csrfmiddlewaretoken"}
GOOD = {
    "prompt": "a lighthouse", "model": "gpt-image-2", "n": "1", "size": "1024x1024", "shape": "1:1", "quality": "low",
    "background": "auto", "output_format": "png", "lines": "a bell\na fox", "name": "Autumn", "max_credits": "999",
    "template": "{prompt}, {mood}", "summary": "Calm", "email": "lena@example.com", "role": "viewer", "scopes": "images:read",
    "pack": "starter", "threshold": "100", "per_day": "1", "reason": "Because.",
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
        faults: what went wrong, and where; a fault that many requests meet is kept once.
    """

    client: Client
    asked: Asked
    undone: Callable[[], AbstractContextManager]
    headers: Mapping[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    def __post_init__(self) -> None:
        self.cookies = copy.deepcopy(self.client.cookies)
        self.error: BaseException | None = None

    def walk(
        self, verb: str, address: str, named: Mapping[str, str], body: Mapping[str, Any], *more: str
    ) -> None:
        """Ask one route for everything that it reads, and for more, in its address, query and body."""
        self.asked.clear()
        self.base(verb, address.format(**named), body)
        self.in_path(verb, address, named)
        self.in_form(verb, address.format(**named), body, set(more))
        if address.startswith(("/api/", "/v1/")) and verb != "GET":
            self.in_json(verb, address.format(**named), body)
        if verb == "POST":
            self.in_files(address.format(**named), body)

    def base(self, verb: str, address: str, body: Mapping[str, Any]) -> None:
        if address.startswith(("/api/", "/v1/")) and verb != "GET":
            self.send(verb, address, json.dumps(body), JSON)
        else:
            self.form(verb, address, body)

    def form(self, verb: str, address: str, said: Mapping[str, Any]) -> None:
        """In the query where the verb or the surface has no form."""
        data = urlencode(said, doseq=True)
        if verb != "POST" or address.startswith("/api/"):
            self.send(verb, f"{address}?{data}", about=said)
        else:
            self.send(verb, address, data, FORM, about=said)

    def in_path(self, verb: str, address: str, named: Mapping[str, str]) -> None:
        if "{" not in address:
            return
        for text in (*nonsense.PATHS, *self._ids()):
            self.send(
                verb, address.format(**dict.fromkeys(named, quote(text, safe=""))), about=f"path {text!r}"
            )

    def in_form(self, verb: str, address: str, body: Mapping[str, Any], names: set[str]) -> None:
        """All the names at once, each with another text each time; then one by one with what is worst."""
        known: set[str] = set()
        while fresh := (names | self.asked.names) - NOISE - known:
            known |= fresh
            texts = (*nonsense.TEXTS, *self._ids())
            for said in _turns(sorted(known), texts):
                self.form(verb, address, said)
            if verb == "GET" or (verb == "POST" and not address.startswith("/api/")):
                good = {name: GOOD[name] for name in known if name in GOOD and verb == "POST"} | dict(body)
                for name in sorted(fresh):
                    for text in (*nonsense.KILLERS, *self._ids()):
                        self.form(verb, address, good | {name: text})

    def in_json(
        self, verb: str, address: str, body: Mapping[str, Any], fields: set[Path] | None = None
    ) -> None:
        for data in nonsense.BODIES:
            self.send(verb, address, data, JSON, about=data)
        known: set[Path] = set()
        while fresh := (fields or self.asked.fields) - known:
            known |= fresh
            good = {path[0]: MEMBERS[path[0]] for path in known if path[0] in MEMBERS} | dict(body)
            tops = sorted({path[0] for path in known})
            for said in _turns(tops, (*nonsense.TEXTS, *nonsense.VALUES)):
                self.send(verb, address, json.dumps(said), JSON, about=said)
            for path in sorted(fresh):
                for value in (*nonsense.KILLERS, *nonsense.VALUES, *self._ids()):
                    said = json.dumps(_with(good, path, value))
                    self.send(verb, address, said, JSON, about={path: value})

    def in_files(self, address: str, body: Mapping[str, Any]) -> None:
        for name in sorted(self.asked.files):
            for text in ("a\0.png", "", "²" * 300 + ".png", "../../a.png", "\u202e.png"):
                file = SimpleUploadedFile("a.png", b"no picture")
                file._name = text
                data = {**body, name: file}
                self.send("POST", address, about={name: text}, multipart=data)

    def send(
        self,
        verb: str,
        address: str,
        data: Any = "",
        kind: str = FORM,
        *,
        about: Any = "",
        multipart: Any = None,
        **more: Any,
    ) -> int:
        """Send one request; the status."""
        self.client.cookies = copy.deepcopy(self.cookies)
        self.error, self.sent = None, self.sent + 1
        got_request_exception.connect(self._note)
        try:
            with self.undone():
                options: Any = {"headers": {**self.headers, **more.pop("headers", {})}, **more}
                if multipart is not None:
                    answer = self.client.post(address, multipart, **options)
                else:
                    answer = self.client.generic(verb, address, data, content_type=kind, **options)
                if answer.streaming:
                    answer.getvalue()
        finally:
            got_request_exception.disconnect(self._note)
        if answer.status_code >= 500 and not (answer.status_code == 503 and self.error is None):
            place = f"{self.error!r:.120}" + _place(self.error)
            self.faults.setdefault(place, f"{verb} {address[:90]} {answer.status_code}: {about!r:.120}")
        return answer.status_code

    def _note(self, *_args: Any, **_more: Any) -> None:
        self.error = sys.exception()

    def _ids(self) -> list[str]:
        return [f"{prefix}_{nonsense.LARGEST}" for prefix in sorted(self.asked.prefixes)]


def _turns(names: list[str], values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """As many mappings as there are values: in each every name has another one, and in all each has had each."""
    for turn in range(len(values)):
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
    """Where it was raised: the innermost line of ours."""
    lines = traceback.extract_tb(error.__traceback__) if error else []
    ours = [line for line in lines if "site-packages" not in line.filename and "/tests/" not in line.filename]
    return f" {ours[-1].filename.split('/fuzz/')[-1]}:{ours[-1].lineno} {ours[-1].line}" if ours else ""
