"""`/_control/stripe/…`: actions of customers, banks and card networks, on demand."""

import copy
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control import bad_request, script_view
from sandbox.stripe import checkout
from sandbox.stripe.errors import StripeError
from sandbox.stripe.money import balance, disputes, payments, refunds
from sandbox.stripe.shapes.standalone import CARDS
from sandbox.stripe.store import Object, expanded, new_id
from sandbox.stripe.twin import Twin

OUTCOMES: dict[str, Callable[..., Object]] = {
    "pay": checkout.pay,
    "decline": checkout.decline,
    "expire": checkout.expire,
    "pay_later": checkout.pay_later,
    "save_debit": checkout.save_debit,
    "async_succeed": checkout.async_succeed,
    "async_fail": checkout.async_fail,
    "invoice": checkout.link_invoice,
}
SETTLEMENTS: dict[tuple[str, str], Callable[[Twin, Object], Object]] = {
    ("refund", "fail"): refunds.fail_refund,
    ("refund", "succeed"): refunds.succeed_refund,
    ("refund", "cancel"): refunds.cancel_refund,
    ("dispute", "win"): disputes.win_dispute,
    ("payment_intent", "succeed"): partial(payments.settle_debit, paid=True),
    ("payment_intent", "fail"): partial(payments.settle_debit, paid=False),
    ("charge", "book"): payments.book_later,
    ("charge", "warn"): payments.warn_of_fraud,
    ("dispute", "lose"): disputes.lose_dispute,
    ("dispute", "escalate"): disputes.escalate_dispute,
}


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request, empty where it has no body."""
    content = await request.body()
    body = json.loads(content) if content.strip() else {}
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")  # noqa: TRY004 - becomes a 400
    return body


def view(work: Callable[[Twin, Request, dict[str, Any]], Any]):
    """Errors as a sentence; the object in the answer, with base URL of this request known to the twin."""

    async def endpoint(request: Request) -> Response:
        twin: Twin = request.app.state.stripe
        twin.base_url = f"{request.url.scheme}://{request.url.netloc}"
        try:
            thing = await work(twin, request, await body_of(request))
        except StripeError as error:
            return JSONResponse({"error": error.message}, error.status)
        except (ValueError, TypeError) as error:
            return bad_request(str(error))
        twin.store.dirty = True
        return JSONResponse(expanded(twin.store, thing, []))

    return endpoint


async def settle_session(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST sessions/{id}/pay (body {"card": "mastercard"} if it matters), decline, expire, pay_later, save_debit, async_succeed, async_fail, invoice."""
    session = twin.store.get("checkout.session", request.path_params["id"])
    work = OUTCOMES.get(request.path_params["outcome"])
    if work is None:
        raise ValueError(f"The outcomes of a session are {', '.join(OUTCOMES)}.")
    return work(twin, session, **body)


async def settle(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST refunds/{id}/fail|succeed|cancel, payment_intents/{id}/fail|succeed, charges/{id}/book|warn, disputes/{id}/win|lose|escalate."""
    kind = request.path_params["kind"].removesuffix("s")
    work = SETTLEMENTS.get((kind, request.path_params["outcome"]))
    if work is None:
        raise ValueError(f"A {kind} cannot {request.path_params['outcome']}.")
    return work(twin, twin.store.get(kind, request.path_params["id"]))


async def open_dispute(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST disputes {"charge": id or "payment_intent": id, "amount"?, "reason"?, "status"?, "due_by"?}."""
    return disputes.open_dispute(twin, body)


async def add_line(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST balance_transactions {"type", "amount", "fee"?, "source"?}: a line of the balance, such as a payout."""
    return balance.add_line(twin, body)


async def skew(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST balance {"amount"}: the balance no longer is what its lines say."""
    return balance.skew(twin, body)


async def redeliver(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST events/{id}/redeliver {"times": N, "as_new_event": bool, "endpoint": id?}: all at once, answered when done.

    as_new_event sends the same object under N new event ids, as when Stripe emits an event twice.
    """
    event = twin.store.get("event", request.path_params["id"])
    events = [event] * int(body.get("times", 1))
    if body.get("as_new_event"):
        events = [_renamed(twin, event) for _ in events]
    return {"deliveries": await twin.courier.redeliver(events, body.get("endpoint"))}


def _renamed(twin: Twin, event: Object) -> Object:
    fresh = copy.deepcopy(event)
    fresh.update(id=new_id("evt"), pending_webhooks=0)
    return twin.store.add(fresh)


async def pause(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST webhooks/pause holds all deliveries back, webhooks/resume lets them go."""
    if request.path_params["verb"] == "pause":
        twin.courier.open.clear()
    else:
        twin.courier.open.set()
    return {"webhooks": "sending" if twin.courier.open.is_set() else "paused"}


async def change_card(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST payment_methods/{id} {"card": "chargeDeclined"}: a saved card behaves like that test card from now on."""
    method = twin.store.get("payment_method", request.path_params["id"])
    if body.get("card") not in CARDS:
        raise ValueError(f"'card' must be one of {', '.join(CARDS)}.")
    method["_behaves_as"] = CARDS[body["card"]]
    return method


async def habits(twin: Twin, request: Request, body: dict[str, Any]) -> Object:
    """POST habits {name: value}, those of `Twin.HABITS`; {} puts all back to how they were at first."""
    twin.take_habits(body or twin.HABITS)
    return {name: getattr(twin, name) for name in twin.HABITS}


async def log(request: Request) -> Response:
    """GET log: API calls and webhook deliveries, oldest first."""
    twin: Twin = request.app.state.stripe
    return JSONResponse(
        {
            "calls": list(twin.log.calls),
            "deliveries": list(twin.courier.log),
            "pending": len(twin.courier.tasks),
        }
    )


routes = [
    Route("/stripe/log", log),
    Route(
        "/stripe/script",
        script_view(lambda request: request.app.state.stripe.script),
        methods=["GET", "POST", "DELETE"],
    ),
    *(
        Route(path, view(work), methods=["POST"])
        for path, work in (
            ("/stripe/sessions/{id}/{outcome}", settle_session),
            ("/stripe/events/{id}/redeliver", redeliver),
            ("/stripe/disputes", open_dispute),
            ("/stripe/balance_transactions", add_line),
            ("/stripe/balance", skew),
            ("/stripe/habits", habits),
            ("/stripe/payment_methods/{id}", change_card),
            ("/stripe/webhooks/{verb}", pause),
            ("/stripe/{kind}/{id}/{outcome}", settle),
        )
    ),
]
