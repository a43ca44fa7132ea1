"""Stripe's form encoding: `a[b][0][c]=v` becomes nested dictionaries and lists; all leaves are strings."""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.stripe.errors import StripeError, missing

PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def parse(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Nested parameters of form or query pairs."""
    tree: dict[str, Any] = {}
    for name, value in pairs:
        parts = PART.findall(name)
        if not parts:
            raise StripeError(400, f"Invalid parameter: {name}", param=name)
        node = tree
        for part in parts[:-1]:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                raise StripeError(400, f"Invalid parameter: {name}", param=name)
        last = parts[-1]
        node[str(len(node)) if last == "" else last] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(node: Any) -> Any:
    """Dictionaries whose keys are all numbers are lists."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_listed(node[key]) for key in sorted(node, key=int)]
    return {key: _listed(value) for key, value in node.items()}


def integer(params: dict[str, Any], name: str, default: int | None = None) -> int:
    """A whole number. Raises StripeError where it is missing without a default, or no number."""
    value = params.get(name, default)
    if value is None or value == "":
        raise missing(name)
    try:
        return int(value)
    except (TypeError, ValueError):
        raise StripeError(
            400, f"Invalid integer: {value}", code="parameter_invalid_integer", param=name
        ) from None


def boolean(params: dict[str, Any], name: str, *, default: bool = False) -> bool:
    value = params.get(name, default)
    return value if isinstance(value, bool) else value == "true"


def merged(old: dict[str, Any], new: Any) -> dict[str, Any]:
    """Metadata after an update: an empty value removes its key, an empty string removes all."""
    if new == "":
        return {}
    return {key: value for key, value in {**old, **(new or {})}.items() if value != ""}
