"""Stripe's objects in memory, and in a JSON file where one was asked for.

Objects are plain dictionaries as the API shows them; keys that start with an underscore are the twin's own and never sent.
"""

import copy
import json
import secrets
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sandbox.stripe.errors import StripeError, no_such

Object = dict[str, Any]
ALPHABET = string.ascii_letters + string.digits
PAGING = frozenset(("limit", "starting_after", "ending_before", "expand", "created"))


def new_id(prefix: str, length: int = 24) -> str:
    return f"{prefix}_" + "".join(secrets.choice(ALPHABET) for _ in range(length))


def now() -> int:
    return int(time.time())


def visible(value: Any) -> Any:
    """A copy without the twin's own keys."""
    if isinstance(value, dict):
        return {key: visible(item) for key, item in value.items() if not key.startswith("_")}
    if isinstance(value, list):
        return [visible(item) for item in value]
    return value


class Store:
    """All objects by id and by kind, answers kept for idempotency keys, secrets of endpoints."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.dirty = False
        self.clear()
        if path and path.exists():
            self._load(json.loads(path.read_text()))
        self.dirty = False

    def clear(self) -> None:
        self.objects: dict[str, Object] = {}
        self.kinds: dict[str, dict[str, Object]] = {}
        self.replies: dict[str, dict[str, Any]] = {}
        self.dirty = True

    def add(self, thing: Object) -> Object:
        self.objects[thing["id"]] = thing
        self.kinds.setdefault(thing["object"], {})[thing["id"]] = thing
        self.dirty = True
        return thing

    def remove(self, thing: Object) -> None:
        del self.objects[thing["id"]]
        del self.kinds[thing["object"]][thing["id"]]
        self.dirty = True

    def get(self, kind: str, id_: str) -> Object:
        """The object itself. Raises a 404."""
        thing = self.kinds.get(kind, {}).get(id_)
        if thing is None or thing.get("deleted"):
            raise no_such(kind, id_)
        return thing

    def all(self, kind: str) -> Iterator[Object]:
        """Newest first."""
        return reversed(list(self.kinds.get(kind, {}).values()))

    def page(
        self, kind: str, params: dict[str, Any], url: str, keep: Callable[[Object], bool] = bool
    ) -> Object:
        """A list object: filters by equality, `created` by range, cursors, limit 1 to 100."""
        limit = int(params.get("limit", 10))
        if not 1 <= limit <= 100:
            raise StripeError(
                400, "limit must be between 1 and 100.", code="parameter_invalid_integer", param="limit"
            )
        wanted = {name: value for name, value in params.items() if name not in PAGING}
        found = [
            thing
            for thing in self.all(kind)
            if not thing.get("deleted")
            and keep(thing)
            and _fits(thing, wanted)
            and _created(thing, params.get("created"))
        ]
        ids = [thing["id"] for thing in found]
        if after := params.get("starting_after"):
            found = found[self._place(kind, ids, after) + 1 :]
        elif before := params.get("ending_before"):
            found = found[: self._place(kind, ids, before)][-limit:]
        return {"object": "list", "data": found[:limit], "has_more": len(found) > limit, "url": url}

    @staticmethod
    def _place(kind: str, ids: list[str], id_: str) -> int:
        if id_ not in ids:
            raise no_such(kind, id_)
        return ids.index(id_)

    def save(self) -> None:
        """Write the file in one piece, if there is anything new."""
        if not (self.path and self.dirty):
            return
        self.dirty = False
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps({"objects": list(self.objects.values()), "replies": self.replies}))
        draft.replace(self.path)

    def _load(self, saved: dict[str, Any]) -> None:
        for thing in saved["objects"]:
            self.add(thing)
        self.replies = saved["replies"]


def _fits(thing: Object, wanted: dict[str, Any]) -> bool:
    return all(str(thing.get(name)).lower() == str(value).lower() for name, value in wanted.items())


def _created(thing: Object, wanted: Any) -> bool:
    if not wanted:
        return True
    ranges = wanted if isinstance(wanted, dict) else {"gte": wanted, "lte": wanted}
    tests = {"gt": int.__gt__, "gte": int.__ge__, "lt": int.__lt__, "lte": int.__le__}
    return all(tests[name](thing["created"], int(value)) for name, value in ranges.items())


def expanded(store: Store, thing: Object, paths: list[str]) -> Object:
    """A copy fit to be sent, with the objects that `expand[]` names in place of their ids."""
    shown = visible(thing)
    for path in paths:
        _expand(store, shown, path.split("."))
    return shown


def refunds_of(store: Store, charge: str) -> Object:
    """The list of a charge's refunds, which has to be asked for."""
    found = [visible(one) for one in store.all("refund") if one["charge"] == charge]
    return {"object": "list", "data": found, "has_more": False, "url": f"/v1/charges/{charge}/refunds"}


def _expand(store: Store, node: Any, parts: list[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _expand(store, item, parts)
        return
    if not (isinstance(node, dict) and parts):
        return
    name = parts[0]
    if name == "line_items" and node.get("object") == "checkout.session":
        items = visible(store.objects[node["id"]]["_line_items"])
        node[name] = {
            "object": "list",
            "data": items,
            "has_more": False,
            "url": f"/v1/checkout/sessions/{node['id']}/line_items",
        }
    if name == "refunds" and node.get("object") == "charge":
        node[name] = refunds_of(store, node["id"])
    value = node.get(name)
    if isinstance(value, str) and value in store.objects:
        node[name] = value = visible(copy.copy(store.objects[value]))
    _expand(store, value, parts[1:])
