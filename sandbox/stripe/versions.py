"""Older shapes of objects: an event is listed in its account's version, and delivered in its endpoint's.

docs.stripe.com/changelog/2022-11-15: until then a payment intent had its `charges`, and a charge its `refunds`.
"""

import copy
from typing import Any

from sandbox.stripe.store import Object, Store, refunds_of, visible

LISTED_UNTIL = "2022-11-15"


def shown(store: Store, event: Object, version: str) -> Object:
    """The event as an account or an endpoint of that version sees it."""
    found = visible({**event, "api_version": version})
    found["data"] = {
        **found["data"],
        "object": _shaped(store, copy.deepcopy(found["data"]["object"]), version),
    }
    return found


def _shaped(store: Store, thing: dict[str, Any], version: str) -> dict[str, Any]:
    if version >= LISTED_UNTIL:
        return thing
    if thing.get("object") == "payment_intent":
        latest = thing.pop("latest_charge", None)
        charges = [visible(store.objects[latest])] if latest else []
        url = f"/v1/charges?payment_intent={thing['id']}"
        thing["charges"] = {"object": "list", "data": charges, "has_more": False, "url": url}
    elif thing.get("object") == "charge":
        thing["refunds"] = refunds_of(store, thing["id"])
    return thing
