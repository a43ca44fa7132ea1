"""Payment intents and the charges that they make; the card's last four digits decide how it behaves, as in Stripe's test mode."""

from typing import Any

from sandbox.stripe import forms
from sandbox.stripe.catalog import Params, check_customer, resolve_method
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.money import disputes
from sandbox.stripe.money.balance import book
from sandbox.stripe.shapes.money import charge, payment_intent, processing_fee
from sandbox.stripe.store import Object, new_id, now, visible
from sandbox.stripe.twin import Twin

DECLINES = {
    "0002": ("card_declined", "generic_decline", "Your card was declined."),
    "0341": ("card_declined", "generic_decline", "Your card was declined."),
    "9995": ("card_declined", "insufficient_funds", "Your card has insufficient funds."),
    "3220": (
        "payment_intent_authentication_failure",
        "",
        "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
    ),
}
WITHOUT_CHARGE = ("3220",)
"""Cards that are refused before any charge is made."""
AUTHENTICATE = ("3184", "3155")
DEBIT = "6789"
"""A bank debit: it is under way for days, until `payment_intents/{id}/succeed` or `…/fail`."""
DISPUTED = {
    "0259": {"reason": "fraudulent"},
    "2685": {"reason": "product_not_received"},
    "1976": {"reason": "fraudulent", "status": "warning_needs_response"},
}
FRAUD = "5423"
MINIMUM = 50


def check_amount(amount: int, param: str = "amount") -> int:
    if amount < MINIMUM:
        raise StripeError(400, "Amount must be at least $0.50 usd", code="amount_too_small", param=param)
    if amount > 99_999_999:
        raise StripeError(
            400, "Amount must be no more than $999,999.99", code="amount_too_large", param=param
        )
    return amount


def create_intent(twin: Twin, params: Params, ids: Params) -> Object:
    amount = check_amount(forms.integer(params, "amount"))
    if not params.get("currency"):
        raise missing("currency")
    check_customer(twin, params)
    method = resolve_method(twin, params["payment_method"]) if params.get("payment_method") else None
    intent = twin.store.add(payment_intent(amount, params["currency"].lower(), params))
    intent["_off_session"] = params.get("off_session") not in (None, "", "false")
    if method:
        intent["payment_method"] = method["id"]
        intent["status"] = "requires_confirmation"
    twin.emit("payment_intent.created", intent)
    if forms.boolean(params, "confirm"):
        confirm(twin, intent)
    return intent


def confirm_intent(twin: Twin, params: Params, ids: Params) -> Object:
    intent = twin.store.get("payment_intent", ids["id"])
    if params.get("payment_method"):
        intent["payment_method"] = resolve_method(twin, params["payment_method"])["id"]
    intent["_off_session"] = params.get("off_session") not in (None, "", "false")
    return confirm(twin, intent)


def cancel_intent(twin: Twin, params: Params, ids: Params) -> Object:
    intent = twin.store.get("payment_intent", ids["id"])
    if intent["status"] in ("succeeded", "canceled"):
        raise _unexpected_state(intent, "cancel")
    intent.update(status="canceled", canceled_at=now(), cancellation_reason=params.get("cancellation_reason"))
    twin.emit("payment_intent.canceled", intent)
    return intent


def confirm(twin: Twin, intent: Object) -> Object:
    """Charge the card. Raises StripeError 402 where it is declined or wants its owner."""
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise _unexpected_state(intent, "confirm")
    if not intent["payment_method"]:
        raise missing("payment_method")
    method = twin.store.get("payment_method", intent["payment_method"])
    if intent["customer"] and method["customer"] not in (None, intent["customer"]):
        message = "The provided PaymentMethod belongs to a different Customer."
        raise StripeError(400, message, code="payment_method_customer_mismatch", param="payment_method")
    last4 = method.get("_behaves_as") or method["card"]["last4"]
    if last4 in DECLINES:
        raise decline(twin, intent, method, DECLINES[last4])
    if last4 in AUTHENTICATE and not (last4 == "3155" and intent["_off_session"]):
        message = "Your card was declined. This transaction requires authentication."
        if intent["_off_session"]:
            raise decline(
                twin, intent, method, ("authentication_required", "authentication_required", message)
            )
        url = f"{twin.base_url}/stripe/authenticate/{intent['id']}"
        intent["status"] = "requires_action"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"return_url": None, "url": url},
        }
        twin.emit("payment_intent.requires_action", intent)
        return intent
    if last4 == DEBIT:
        intent.update(status="processing", processing={"type": "card"})
        twin.emit("payment_intent.processing", intent)
        return intent
    return succeed(twin, intent, method)


def settle_debit(twin: Twin, intent: Object, *, paid: bool) -> Object:
    """The bank has answered about a payment that was under way."""
    if intent["status"] != "processing":
        raise _unexpected_state(intent, "settle")
    intent["processing"] = None
    method = twin.store.get("payment_method", intent["payment_method"])
    if paid:
        return succeed(twin, intent, method)
    decline(
        twin,
        intent,
        method,
        ("payment_intent_payment_attempt_failed", "generic_decline", "The bank debit failed."),
    )
    return intent


def succeed(twin: Twin, intent: Object, method: Object) -> Object:
    """The money has moved: charge, balance transaction, events."""
    charged = twin.store.add(charge(intent, method, twin.base_url))
    if not twin.books_later:
        _book(twin, charged)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charged["id"],
        payment_method=method["id"],
        last_payment_error=None,
        next_action=None,
    )
    if intent["setup_future_usage"] and intent["customer"] and not method["customer"]:
        method["customer"] = intent["customer"]
        twin.emit("payment_method.attached", method)
    twin.emit("charge.succeeded", charged)
    twin.emit("payment_intent.succeeded", intent)
    _follow(twin, charged, method.get("_behaves_as") or method["card"]["last4"])
    return intent


def _follow(twin: Twin, charged: Object, last4: str) -> None:
    """What test cards bring on after they paid (docs.stripe.com/testing)."""
    if last4 in DISPUTED:
        disputes.open_dispute(twin, {"charge": charged["id"], **DISPUTED[last4]})
    elif last4 == FRAUD:
        warn_of_fraud(twin, charged)


def _book(twin: Twin, charged: Object) -> None:
    entry = book(twin, "charge", charged, charged["amount"], processing_fee(charged["amount"]))
    charged["balance_transaction"] = entry["id"]


def book_later(twin: Twin, charged: Object) -> Object:
    """The line of a payment that was captured some time ago."""
    _book(twin, charged)
    twin.emit("charge.updated", charged, {"balance_transaction": None})
    return charged


def warn_of_fraud(twin: Twin, charged: Object) -> Object:
    """A card network says that this was not the cardholder (docs.stripe.com/api/radar/early_fraud_warnings)."""
    warning = twin.store.add(
        {
            "id": new_id("issfr"),
            "object": "radar.early_fraud_warning",
            "actionable": not (charged["refunded"] or charged["disputed"]),
            "charge": charged["id"],
            "created": now(),
            "fraud_type": "unauthorized_use_of_card",
            "livemode": False,
            "payment_intent": charged["payment_intent"],
        }
    )
    twin.emit("radar.early_fraud_warning.created", warning)
    return warning


def decline(twin: Twin, intent: Object, method: Object, problem: tuple[str, str, str]) -> StripeError:
    """problem: (error code, decline code, sentence). Write the failed charge and its events; returns the error to raise."""
    code, reason, message = problem
    if method["card"]["last4"] in WITHOUT_CHARGE:
        return _refuse_attempt(twin, intent, method, problem)
    charged = charge(intent, method, twin.base_url)
    charged.update(
        amount_captured=0,
        captured=False,
        paid=False,
        status="failed",
        failure_code=code,
        failure_message=message,
        receipt_url=None,
    )
    charged["outcome"].update(
        network_status="declined_by_network", reason=reason, seller_message=message, type="issuer_declined"
    )
    twin.store.add(charged)
    error: dict[str, Any] = {"charge": charged["id"], "decline_code": reason}
    last_error = {
        **error,
        "code": code,
        "doc_url": f"https://docs.stripe.com/error-codes/{code.replace('_', '-')}",
        "message": message,
        "payment_method": visible(method),
        "type": "card_error",
    }
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        latest_charge=charged["id"],
        last_payment_error=last_error,
    )
    twin.emit("charge.failed", charged)
    twin.emit("payment_intent.payment_failed", intent)
    extra = {**error, "payment_intent": visible(intent), "payment_method": visible(method)}
    return StripeError(402, message, type="card_error", code=code, extra=extra)


def _refuse_attempt(twin: Twin, intent: Object, method: Object, problem: tuple[str, str, str]) -> StripeError:
    """No charge is made; the latest one stays that of an earlier attempt."""
    code, _, message = problem
    error = {
        "code": code,
        "message": message,
        "payment_method": visible(method),
        "type": "invalid_request_error",
    }
    intent.update(status="requires_payment_method", payment_method=None, last_payment_error=error)
    twin.emit("payment_intent.payment_failed", intent)
    return StripeError(402, message, type="card_error", code=code, extra={"payment_intent": visible(intent)})


def update_charge(twin: Twin, params: Params, ids: Params) -> Object:
    charged = twin.store.get("charge", ids["id"])
    if "metadata" in params:
        charged["metadata"] = forms.merged(charged["metadata"], params["metadata"])
    if "description" in params:
        charged["description"] = params["description"]
    twin.emit("charge.updated", charged, {})
    return charged


def _unexpected_state(intent: Object, verb: str) -> StripeError:
    message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
    extra = {"payment_intent": visible(intent)}
    return StripeError(400, message, code="payment_intent_unexpected_state", extra=extra)
