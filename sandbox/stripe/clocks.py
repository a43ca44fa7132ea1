"""Test clocks (docs.stripe.com/billing/testing/test-clocks): customers on a clock go when it is deleted."""

from sandbox.stripe import catalog, forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError
from sandbox.stripe.store import Object, new_id, now
from sandbox.stripe.twin import Twin

KIND = "test_helpers.test_clock"
THIRTY_DAYS = 30 * 86_400


def create(twin: Twin, params: Params, ids: Params) -> Object:
    made = {
        "id": new_id("clock"),
        "object": KIND,
        "created": now(),
        "deletes_after": now() + THIRTY_DAYS,
        "frozen_time": forms.integer(params, "frozen_time"),
        "livemode": False,
        "name": params.get("name"),
        "status": "ready",
        "status_details": {},
    }
    return twin.store.add(made)


def advance(twin: Twin, params: Params, ids: Params) -> Object:
    """Only forward; Stripe's clocks are `advancing` for a while, this one is there at once."""
    clock = twin.store.get(KIND, ids["id"])
    wanted = forms.integer(params, "frozen_time")
    if wanted <= clock["frozen_time"]:
        raise StripeError(
            400, "`frozen_time` must be after the test clock's current frozen time.", param="frozen_time"
        )
    clock["frozen_time"] = wanted
    return clock


def delete(twin: Twin, params: Params, ids: Params) -> Object:
    clock = twin.store.get(KIND, ids["id"])
    for customer in list(twin.store.all("customer")):
        if customer.get("test_clock") == clock["id"]:
            catalog.delete_customer(twin, {}, {"id": customer["id"]})
    twin.store.remove(clock)
    return {"id": clock["id"], "object": KIND, "deleted": True}
