"""Objects that exist before money moves: customers, products, prices, payment methods, setup intents, webhook endpoints."""

from typing import Any

from sandbox.stripe import forms
from sandbox.stripe.errors import StripeError, missing
from sandbox.stripe.shapes import standalone
from sandbox.stripe.shapes.money import setup_intent
from sandbox.stripe.store import Object, new_id, visible
from sandbox.stripe.twin import API_VERSION, Twin

Params = dict[str, Any]
READ_ONLY = frozenset(("id", "object", "created", "livemode", "metadata", "expand"))


def update(thing: Object, params: Params) -> Object:
    """Set what the object has, merge metadata; unknown parameters are refused as Stripe does."""
    for name, value in params.items():
        if name == "expand":
            continue
        if name == "metadata":
            thing["metadata"] = forms.merged(thing["metadata"], value)
        elif name in READ_ONLY or name not in thing:
            raise StripeError(
                400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )
        elif isinstance(thing[name], bool):
            thing[name] = value == "true"
        elif isinstance(thing[name], dict) and isinstance(value, dict):
            thing[name] |= value
        else:
            thing[name] = value or None
    return thing


def create_customer(twin: Twin, params: Params, ids: Params) -> Object:
    customer = twin.store.add(standalone.customer(params))
    if wanted := params.get("payment_method"):
        attach(twin, {"customer": customer["id"]}, {"id": wanted})
    twin.emit("customer.created", customer)
    return customer


def update_customer(twin: Twin, params: Params, ids: Params) -> Object:
    customer = update(twin.store.get("customer", ids["id"]), params)
    twin.emit("customer.updated", customer, {})
    return customer


def delete_customer(twin: Twin, params: Params, ids: Params) -> Object:
    """Its cards go with it; who asks for it afterwards is told that it is deleted."""
    customer = twin.store.get("customer", ids["id"])
    for method in twin.store.all("payment_method"):
        if method["customer"] == customer["id"]:
            detach(twin, {}, {"id": method["id"]})
    twin.emit("customer.deleted", customer)
    known = {"id": customer["id"], "object": "customer", "deleted": True}
    customer.clear()
    customer |= known
    return customer


def retrieve_customer(twin: Twin, params: Params, ids: Params) -> Object:
    known = twin.store.kinds.get("customer", {}).get(ids["id"], {})
    return known if known.get("deleted") else twin.store.get("customer", ids["id"])


def check_customer(twin: Twin, params: Params) -> None:
    """The customer that parameters name, if they name one, exists: in a body its absence is a 400."""
    if named := params.get("customer"):
        known = twin.store.kinds.get("customer", {}).get(named)
        if known is None or known.get("deleted"):
            raise StripeError(400, f"No such customer: '{named}'", code="resource_missing", param="customer")


def create_product(twin: Twin, params: Params, ids: Params) -> Object:
    if not params.get("name"):
        raise missing("name")
    product = twin.store.add(standalone.product(params, active=forms.boolean(params, "active", default=True)))
    twin.emit("product.created", product)
    return product


def create_price(twin: Twin, params: Params, ids: Params) -> Object:
    if not params.get("currency"):
        raise missing("currency")
    if "product_data" in params:
        product = twin.store.add(standalone.product(params["product_data"]))
    elif params.get("product"):
        product = twin.store.get("product", params["product"])
    else:
        raise missing("product")
    price = standalone.price(
        product["id"], params["currency"].lower(), forms.integer(params, "unit_amount"), params
    )
    twin.emit("price.created", twin.store.add(price))
    return price


def updater(kind: str):
    """A verb that updates objects of a kind and says so by an event."""

    def verb(twin: Twin, params: Params, ids: Params) -> Object:
        thing = update(twin.store.get(kind, ids["id"]), params)
        twin.emit(f"{kind}.updated", thing, {})
        return thing

    return verb


def resolve_method(twin: Twin, name: str) -> Object:
    """A stored payment method, or a new one for the test names that Stripe documents, such as pm_card_visa."""
    if name in twin.store.objects:
        method = twin.store.get("payment_method", name)
        if method.get("_detached"):
            message = "This PaymentMethod was detached from its customer. It can't be used again."
            raise StripeError(400, message)
        return method
    last4 = standalone.CARDS.get(name.removeprefix("pm_card_"))
    if last4 is None:
        raise StripeError(
            404, f"No such PaymentMethod: '{name}'", code="resource_missing", param="payment_method"
        )
    return twin.store.add(standalone.payment_method(last4, None))


def create_method(twin: Twin, params: Params, ids: Params) -> Object:
    number = (params.get("card") or {}).get("number") or "4242424242424242"
    return twin.store.add(standalone.payment_method(number[-4:], None, params.get("billing_details")))


def attach(twin: Twin, params: Params, ids: Params) -> Object:
    if not params.get("customer"):
        raise missing("customer")
    customer = twin.store.get("customer", params["customer"])
    method = resolve_method(twin, ids["id"])
    method["customer"] = customer["id"]
    twin.emit("payment_method.attached", method)
    return method


def detach(twin: Twin, params: Params, ids: Params) -> Object:
    method = twin.store.get("payment_method", ids["id"])
    previous, method["customer"], method["_detached"] = method["customer"], None, True
    twin.emit("payment_method.detached", method, {"customer": previous})
    return method


def create_setup_intent(twin: Twin, params: Params, ids: Params) -> Object:
    intent = twin.store.add(setup_intent(params))
    twin.emit("setup_intent.created", intent)
    if params.get("payment_method"):
        intent["payment_method"] = resolve_method(twin, params["payment_method"])["id"]
        intent["status"] = "requires_confirmation"
        if forms.boolean(params, "confirm"):
            succeed_setup(twin, intent)
    return intent


def confirm_setup_intent(twin: Twin, params: Params, ids: Params) -> Object:
    intent = twin.store.get("setup_intent", ids["id"])
    name = params.get("payment_method") or intent["payment_method"]
    if not name:
        raise missing("payment_method")
    intent["payment_method"] = resolve_method(twin, name)["id"]
    return succeed_setup(twin, intent)


def succeed_setup(twin: Twin, intent: Object) -> Object:
    intent["status"] = "succeeded"
    if intent["customer"]:
        attach(twin, {"customer": intent["customer"]}, {"id": intent["payment_method"]})
    twin.emit("setup_intent.succeeded", intent)
    return intent


def fail_setup(twin: Twin, intent: Object, method: Object, problem: tuple[str, str, str]) -> Object:
    """problem: (error code, decline code, sentence). The card can't be saved; another one may be tried."""
    code, reason, message = problem
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        latest_attempt=new_id("setatt"),
        last_setup_error={
            "code": code,
            "decline_code": reason,
            "message": message,
            "payment_method": visible(method),
            "type": "card_error",
        },
    )
    twin.emit("setup_intent.setup_failed", intent)
    return intent


def create_endpoint(twin: Twin, params: Params, ids: Params) -> Object:
    """The only answer that shows the signing secret."""
    for name in ("url", "enabled_events"):
        if not params.get(name):
            raise missing(name)
    endpoint = standalone.webhook_endpoint(
        new_id("we"), params["url"], params["enabled_events"], params.get("api_version") or API_VERSION
    )
    endpoint |= {"description": params.get("description"), "metadata": params.get("metadata") or {}}
    endpoint["_secret"] = new_id("whsec", 32)
    twin.store.add(endpoint)
    return {**endpoint, "secret": endpoint["_secret"]}


def update_endpoint(twin: Twin, params: Params, ids: Params) -> Object:
    endpoint = twin.store.get("webhook_endpoint", ids["id"])
    if "disabled" in params:
        endpoint["status"] = "disabled" if forms.boolean(params, "disabled") else "enabled"
    return update(endpoint, {name: value for name, value in params.items() if name != "disabled"})


def delete_endpoint(twin: Twin, params: Params, ids: Params) -> Object:
    endpoint = twin.store.get("webhook_endpoint", ids["id"])
    twin.store.remove(endpoint)
    return {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
