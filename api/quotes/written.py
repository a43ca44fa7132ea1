"""Orders as JSON."""

import json
import uuid
from dataclasses import MISSING, fields
from typing import Any, Final

from generation.catalog.parameters import ImageParameters
from generation.orders.order import Order

IDS: Final = ("mask", "style", "style_version")


def write(order: Order) -> dict[str, Any]:
    """Write an order down. What is as by default is left out: a process of the release before reads the rest."""
    said = {
        field.name: value
        for field in fields(order)
        if (value := getattr(order, field.name)) != field.default or field.default is MISSING
    }
    chosen = {"parameters": order.parameters.chosen()} if "parameters" in said else {}
    written: dict[str, Any] = json.loads(json.dumps(said | chosen, default=str))
    return written


def read(written: dict[str, Any]) -> Order:
    """Return the order that `write` has written."""
    said = dict(written)
    said |= {name: uuid.UUID(said[name]) for name in IDS if name in said}
    said["parameters"] = ImageParameters(**said.get("parameters", {}))
    said["references"] = tuple(uuid.UUID(one) for one in said.get("references", ()))
    said["style_values"] = tuple((name, words) for name, words in said.get("style_values", ()))
    return Order(**said)
