"""Checkout sessions: created by the product, then paid, declined, abandoned or left to expire by a customer."""

from typing import Any
from urllib.parse import urlsplit

from sandbox.stripe import catalog, forms
from sandbox.stripe.catalog import Params
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.money import payments, tax
from sandbox.stripe.shapes import checkout, standalone
from sandbox.stripe.shapes.money import payment_intent, setup_intent
from sandbox.stripe.store import Object, now
from sandbox.stripe.twin import Twin

HALF_AN_HOUR, A_DAY = 1_800, 86_400
SLACK = 60  # a client's clock and ours


def create_session(twin: Twin, params: Params, ids: Params) -> Object:
    mode = params.get("mode")
    if mode not in ("payment", "setup"):
        raise (
            missing("mode")
            if not mode
            else StripeError(400, "This sandbox knows the modes payment and setup.", param="mode")
        )
    for name in ("success_url", "cancel_url"):
        _check_url(params, name)
    catalog.check_customer(twin, params)
    if params.get("customer") and params.get("customer_email"):
        raise StripeError(
            400,
            "You may only specify one of these parameters: customer, customer_email.",
            param="customer",
        )
    if mode == "setup" and not params.get("payment_method_types") and not params.get("currency"):
        raise missing("currency")
    if (
        params.get("expires_at")
        and not HALF_AN_HOUR - SLACK <= forms.integer(params, "expires_at") - now() <= A_DAY + SLACK
    ):
        message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation."
        raise StripeError(400, message, param="expires_at")
    items = [_item(twin, item, number) for number, item in enumerate(params.get("line_items") or [])]
    if mode == "payment":
        if not items:
            raise missing("line_items")
        payments.check_amount(sum(item["amount_total"] for item in items), "line_items")
    made = checkout.session(params, items, twin.base_url)
    made["automatic_tax"] = tax.wanted(twin, params)
    return twin.store.add(made)


def _check_url(params: Params, name: str) -> None:
    url = params.get(name)
    if url is None and name == "cancel_url":
        return
    if not url:
        raise missing(name)
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise StripeError(400, "Not a valid URL", code="url_invalid", param=name)


def _item(twin: Twin, item: Params, number: int) -> Object:
    place = f"line_items[{number}]"
    quantity = forms.integer(item, "quantity", 1)
    if quantity < 1:
        raise StripeError(400, "This value must be greater than or equal to 1.", param=f"{place}[quantity]")
    if item.get("price"):
        price = twin.store.get("price", item["price"])
        return checkout.line_item(price, twin.store.get("product", price["product"])["name"], quantity)
    data = item.get("price_data")
    if not data:
        raise missing(f"{place}[price_data]")
    if not data.get("currency"):
        raise missing(f"{place}[price_data][currency]")
    if data.get("product"):
        product = twin.store.get("product", data["product"])
    elif (data.get("product_data") or {}).get("name"):
        product = twin.store.add(standalone.product(data["product_data"], active=False))
    else:
        raise missing(f"{place}[price_data][product_data][name]")
    unit = forms.integer(data, "unit_amount")
    price = twin.store.add(
        standalone.price(product["id"], data["currency"].lower(), unit, data, active=False)
    )
    return checkout.line_item(price, product["name"], quantity)


def list_items(twin: Twin, params: Params, ids: Params) -> Object:
    session = twin.store.get("checkout.session", ids["id"])
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "data": session["_line_items"], "has_more": False, "url": url}


def update_session(twin: Twin, params: Params, ids: Params) -> Object:
    session = twin.store.get("checkout.session", ids["id"])
    session["metadata"] = forms.merged(session["metadata"], params.get("metadata"))
    return session


def expire_session(twin: Twin, params: Params, ids: Params) -> Object:
    return expire(twin, twin.store.get("checkout.session", ids["id"]))


def expire(twin: Twin, session: Object) -> Object:
    if session["status"] != "open":
        raise StripeError(
            400,
            f"This Session is in `{session['status']}` status and cannot be expired. Only `open` Sessions can be expired.",
        )
    session.update(status="expired", url=None)
    twin.emit("checkout.session.expired", session)
    return session


def _must_be_open(session: Object) -> None:
    if session["status"] != "open":
        raise StripeError(
            400, f"This Checkout Session is {session['status']}.", code="checkout_session_not_open"
        )


def _intent(twin: Twin, session: Object) -> Object:
    """The session's payment intent, made when a payment is first tried."""
    if session["payment_intent"]:
        known = twin.store.get("payment_intent", session["payment_intent"])
        known["amount"] = session["amount_total"]  # with the tax, once the address is known
        return known
    data: dict[str, Any] = {"customer": session["customer"], **session["_payment_intent_data"]}
    intent = twin.store.add(payment_intent(session["amount_total"], session["currency"], data))
    intent["_off_session"] = False
    session["payment_intent"] = intent["id"]
    twin.emit("payment_intent.created", intent)
    return intent


def _setup(twin: Twin, session: Object) -> Object:
    """The session's setup intent; Stripe makes it with the session, this twin at the first try."""
    if session["setup_intent"]:
        return twin.store.get("setup_intent", session["setup_intent"])
    intent = twin.store.add(setup_intent({"customer": session["customer"], **session["_setup_intent_data"]}))
    session["setup_intent"] = intent["id"]
    return intent


def _meet_customer(twin: Twin, session: Object) -> None:
    """Customer and details as the payer typed them; a customer is made where an invoice or the session asks for one."""
    if not session["customer"] and (
        session["customer_creation"] == "always" or session["invoice_creation"]["enabled"]
    ):
        customer = catalog.create_customer(
            twin, {"email": session["customer_email"] or "payer@example.com"}, {}
        )
        session["customer"] = customer["id"]
    known = twin.store.get("customer", session["customer"]) if session["customer"] else None
    session["customer_details"] = checkout.customer_details(known, session["customer_email"])
    tax.compute(twin, session)


def pay(twin: Twin, session: Object, card: str = "visa") -> Object:
    """The customer pays, with a test card that works."""
    _must_be_open(session)
    _meet_customer(twin, session)
    method = catalog.resolve_method(twin, f"pm_card_{card}")
    if method["card"]["last4"] in payments.DECLINES:
        raise StripeError(400, f"The card {card} is always declined.")
    details = session["customer_details"]
    method["billing_details"].update(email=details["email"], name=details["name"], address=details["address"])
    if session["mode"] == "setup":
        intent = _setup(twin, session)
        intent.update(customer=session["customer"], payment_method=method["id"])
        catalog.succeed_setup(twin, intent)
    else:
        intent = _intent(twin, session)
        intent["customer"] = session["customer"]
        payments.succeed(twin, intent, method)
        session["payment_status"] = "paid"
        _invoice(twin, session, intent)
    session.update(status="complete", url=None)
    twin.emit("checkout.session.completed", session)
    return session


def _invoice(twin: Twin, session: Object, intent: Object) -> None:
    if not session["invoice_creation"]["enabled"]:
        return
    customer = twin.store.get("customer", session["customer"])
    number = f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}"
    customer["next_invoice_sequence"] += 1
    invoice = twin.store.add(checkout.invoice(session, intent, number, twin.base_url))
    session["_invoice"] = invoice["id"]
    if not twin.invoices_later:
        session["invoice"] = invoice["id"]
    for name in ("invoice.created", "invoice.finalized", "invoice.paid", "invoice.payment_succeeded"):
        twin.emit(name, invoice)


def link_invoice(twin: Twin, session: Object) -> Object:
    """The invoice of a payment stands on its session only now."""
    session["invoice"] = session["_invoice"]
    return session


def decline(twin: Twin, session: Object, card: str = "chargeDeclined") -> Object:
    """The customer's card is refused, or they fail to prove it theirs (authenticationFailed); another one may be tried."""
    _must_be_open(session)
    method = catalog.resolve_method(twin, f"pm_card_{card}")
    reasons = payments.DECLINES.get(method["card"]["last4"], payments.DECLINES["0002"])
    if session["mode"] == "payment":
        payments.decline(twin, _intent(twin, session), method, reasons)
    else:
        catalog.fail_setup(twin, _setup(twin, session), method, reasons)
    return session


def save_debit(twin: Twin, session: Object) -> Object:
    """The customer has a bank account saved in place of a card, which dynamic payment methods offer too."""
    _must_be_open(session)
    if session["mode"] != "setup" or "us_bank_account" not in session["payment_method_types"]:
        raise StripeError(400, "No bank account can be saved on this page.")
    _meet_customer(twin, session)
    method = catalog.resolve_method(twin, "pm_card_bankDebit")
    method |= {
        "type": "us_bank_account",
        "us_bank_account": {"bank_name": "STRIPE TEST BANK", "last4": payments.DEBIT},
    }
    intent = _setup(twin, session)
    intent.update(customer=session["customer"], payment_method=method["id"])
    catalog.succeed_setup(twin, intent)
    session.update(status="complete", url=None)
    twin.emit("checkout.session.completed", session)
    return session


def pay_later(twin: Twin, session: Object) -> Object:
    """The customer chose a bank debit: the session is complete, the money is on its way."""
    _must_be_open(session)
    _meet_customer(twin, session)
    intent = _intent(twin, session)
    intent.update(status="processing", processing={"type": "card"}, customer=session["customer"])
    intent["payment_method"] = catalog.resolve_method(twin, "pm_card_visa")["id"]
    twin.emit("payment_intent.processing", intent)
    session.update(status="complete", url=None)
    twin.emit("checkout.session.completed", session)
    return session


def _must_be_waiting(twin: Twin, session: Object) -> Object:
    intent = _intent(twin, session)
    if session["status"] != "complete" or intent["status"] != "processing":
        raise StripeError(400, "No payment of this Checkout Session is on its way.")
    return intent


def async_succeed(twin: Twin, session: Object) -> Object:
    """The bank debit arrived."""
    intent = _must_be_waiting(twin, session)
    intent["processing"] = None
    payments.succeed(twin, intent, twin.store.get("payment_method", intent["payment_method"]))
    session["payment_status"] = "paid"
    _invoice(twin, session, intent)
    twin.emit("checkout.session.async_payment_succeeded", session)
    return session


def async_fail(twin: Twin, session: Object) -> Object:
    """The bank debit bounced."""
    intent = _must_be_waiting(twin, session)
    intent["processing"] = None
    method = twin.store.get("payment_method", intent["payment_method"])
    problem = ("payment_intent_payment_attempt_failed", "generic_decline", "The bank debit failed.")
    payments.decline(twin, intent, method, problem)
    twin.emit("checkout.session.async_payment_failed", session)
    return session


def return_url(session: Object, *, paid: bool) -> str:
    """Where the browser goes next."""
    url = session["success_url"] if paid else session["cancel_url"] or session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])
