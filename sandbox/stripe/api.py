"""The paths of Stripe's API and what every call goes through: key, idempotency, errors, expansion, log.

Idempotency: docs.stripe.com/api/idempotent_requests. The first answer of a key is kept unless the call never began to work.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from sandbox import trouble
from sandbox.calls import Logged
from sandbox.stripe import catalog, checkout
from sandbox.stripe.errors import StripeError, of_status
from sandbox.stripe.forms import parse
from sandbox.stripe.money import balance, disputes, payments, refunds
from sandbox.stripe.shapes import standalone
from sandbox.stripe.store import Object, expanded, new_id
from sandbox.stripe.twin import ACCOUNT, API_VERSION, Twin
from sandbox.wire import Answer

Params = dict[str, Any]
Verb = Callable[[Twin, Params, Params], Object]
MOST_TYPES = 20
NOT_KEPT = (400, 401, 404, 409, 429)
KEY_PREFIXES = ("sk_test_", "rk_test_")


def authenticate(request: Request) -> None:
    """A test key, as Bearer or as the user of Basic. No restricted key may ask for its account, whatever it may else."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            given = ""
    if not given:
        message = "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth."
        raise StripeError(401, message)
    if not given.startswith(KEY_PREFIXES) or len(given) < 16:
        raise StripeError(401, f"Invalid API Key provided: {given[:8]}****{given[-4:]}")
    if given.startswith("rk_") and request.url.path.removeprefix("/stripe") == "/v1/account":
        message = f"The key {given[:8]}****{given[-4:]} is restricted, and restricted keys have no permission for this endpoint."
        raise StripeError(403, message)


async def parameters(request: Request) -> Params:
    query = parse_qsl(request.url.query, keep_blank_values=True)
    body = (await request.body()).decode()
    return parse([*query, *parse_qsl(body, keep_blank_values=True)])


def view(verb: Verb):
    """An endpoint that runs the verb."""

    async def endpoint(request: Request) -> Logged:
        twin: Twin = request.app.state.stripe
        twin.base_url = str(request.base_url).rstrip("/").removesuffix("/stripe")
        request_id = new_id("req", 14)
        key = request.headers.get("idempotency-key")
        headers = {
            "request-id": request_id,
            "stripe-version": request.headers.get("stripe-version", API_VERSION),
        }
        headers["content-type"] = "application/json"
        path = request.url.path.removeprefix("/stripe")
        call = twin.log.start(method=request.method, path=path, request_id=request_id, idempotency_key=key)
        answer = Answer(200, headers)
        fault = None
        try:
            authenticate(request)
            params = await parameters(request)
            call["params"] = params
            fault = twin.script.take(call)
            call["fault"] = fault.do if fault else None
            early = await trouble.before_work(
                fault, request, headers, lambda status, options: _error(status, options, request_id)
            )
            if early is not None:
                _keep_scripted(twin, fault, request, params, early)
                return Logged(early, call, twin.log)
            answer = _run(verb, twin, request, params, headers)
        except StripeError as error:
            answer.status, answer.body = error.status, json.dumps(error.body(request_id)).encode()
        return Logged(trouble.on_the_way(fault, answer), call, twin.log)

    return endpoint


def _error(status: int, options: Any, request_id: str) -> bytes:
    return json.dumps(of_status(status, options).body(request_id)).encode()


def _run(verb: Verb, twin: Twin, request: Request, params: Params, headers: dict[str, str]) -> Answer:
    """Do the work once per idempotency key."""
    key = request.headers.get("idempotency-key") if request.method == "POST" else None
    if key is None:
        return Answer(*_outcome(verb, twin, request, params, headers))
    if not 0 < len(key) <= 255:
        raise StripeError(
            400, "Idempotency keys must be between 1 and 255 characters long.", type="idempotency_error"
        )
    headers["idempotency-key"] = key
    fingerprint = _fingerprint(request, params)
    kept = twin.store.replies.get(key)
    if kept and kept["fingerprint"] != fingerprint:
        message = (
            f"Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
        raise StripeError(400, message, type="idempotency_error")
    if kept:
        replayed = {**headers, "idempotent-replayed": "true", "original-request": kept["request_id"]}
        return Answer(kept["status"], replayed, kept["body"].encode())
    status, headers, body = _outcome(verb, twin, request, params, headers)
    if status not in NOT_KEPT:
        twin.store.replies[key] = {
            "fingerprint": fingerprint,
            "status": status,
            "body": body.decode(),
            "request_id": headers["request-id"],
        }
    return Answer(status, headers, body)


def _fingerprint(request: Request, params: Params) -> str:
    content = json.dumps([request.url.path, params], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _keep_scripted(twin: Twin, fault: Any, request: Request, params: Params, answer: Answer) -> None:
    """A scripted answer with `"kept": true` is given to its key again, as Stripe does with its 500s."""
    key = request.headers.get("idempotency-key")
    if key and fault.get("kept"):
        twin.store.replies[key] = {
            "fingerprint": _fingerprint(request, params),
            "status": answer.status,
            "body": answer.body.decode(),
            "request_id": answer.headers["request-id"],
        }


def _outcome(
    verb: Verb, twin: Twin, request: Request, params: Params, headers: dict[str, str]
) -> tuple[int, dict, bytes]:
    request_id = headers["request-id"]
    twin.request = {"id": request_id, "idempotency_key": request.headers.get("idempotency-key")}
    paths = params.pop("expand", [])
    try:
        thing = verb(twin, params, dict(request.path_params))
    except StripeError as error:
        return error.status, headers, json.dumps(error.body(request_id)).encode()
    finally:
        twin.request = {"id": None, "idempotency_key": None}
        twin.store.dirty = twin.store.dirty or request.method != "GET"
    shown = expanded(twin.store, thing, paths if isinstance(paths, list) else [paths])
    return 200, headers, json.dumps(shown, indent=2).encode()


def getter(kind: str) -> Verb:
    def verb(twin: Twin, params: Params, ids: Params) -> Object:
        return twin.store.get(kind, ids["id"])

    return verb


def lister(kind: str, path: str) -> Verb:
    def verb(twin: Twin, params: Params, ids: Params) -> Object:
        return twin.store.page(kind, params, path)

    return verb


def get_account(twin: Twin, params: Params, ids: Params) -> Object:
    return standalone.account(ids.get("id", ACCOUNT), twin.settlement)


def list_events(twin: Twin, params: Params, ids: Params) -> Object:
    """Filters: type (with a * at its end), types[], created, delivery_success."""
    rest = dict(params)
    one, types, delivered = rest.pop("type", None), rest.pop("types", []), rest.pop("delivery_success", None)
    if one:
        types = [*types, one]
    if len(types) > MOST_TYPES:
        raise StripeError(400, f"Array types exceeded maximum {MOST_TYPES} allowed elements.", param="types")

    def keep(event: Object) -> bool:
        fits = not types or any(
            event["type"] == name or (name.endswith("*") and event["type"].startswith(name[:-1]))
            for name in types
        )
        return fits and (delivered is None or (event["pending_webhooks"] == 0) == (delivered == "true"))

    return twin.store.page("event", rest, "/v1/events", keep)


def list_nested(kind: str, owner: str) -> Verb:
    """Objects of a kind under their owner, such as a customer's payment methods."""
    return lambda twin, params, ids: twin.store.page(
        kind, {**params, owner: ids["id"]}, f"/v1/{owner}s/{ids['id']}/{kind}s"
    )


def unknown(twin: Twin, params: Params, ids: Params) -> Object:
    raise StripeError(404, f"Unrecognized request URL ({ids['path']}). Please see https://stripe.com/docs.")


CRUD: dict[str, tuple[str, Verb | None, Verb | None]] = {  # path: kind, create, update
    "/v1/customers": ("customer", catalog.create_customer, catalog.update_customer),
    "/v1/products": ("product", catalog.create_product, catalog.updater("product")),
    "/v1/prices": ("price", catalog.create_price, catalog.updater("price")),
    "/v1/payment_methods": ("payment_method", catalog.create_method, catalog.updater("payment_method")),
    "/v1/setup_intents": ("setup_intent", catalog.create_setup_intent, catalog.updater("setup_intent")),
    "/v1/payment_intents": ("payment_intent", payments.create_intent, catalog.updater("payment_intent")),
    "/v1/charges": ("charge", None, payments.update_charge),
    "/v1/refunds": ("refund", refunds.create_refund, refunds.update_refund),
    "/v1/disputes": ("dispute", None, disputes.update_dispute),
    "/v1/balance_transactions": ("balance_transaction", None, None),
    "/v1/invoices": ("invoice", None, catalog.updater("invoice")),
    "/v1/checkout/sessions": ("checkout.session", checkout.create_session, checkout.update_session),
    "/v1/webhook_endpoints": ("webhook_endpoint", catalog.create_endpoint, catalog.update_endpoint),
}
SPECIAL: dict[tuple[str, str], Verb] = {
    ("GET", "/v1/account"): get_account,
    ("GET", "/v1/accounts/{id}"): get_account,
    ("GET", "/v1/balance"): balance.retrieve,
    ("GET", "/v1/balance_transactions"): balance.list_lines,
    ("GET", "/v1/events"): list_events,
    ("GET", "/v1/events/{id}"): getter("event"),
    ("DELETE", "/v1/customers/{id}"): catalog.delete_customer,
    ("GET", "/v1/customers/{id}/payment_methods"): list_nested("payment_method", "customer"),
    ("POST", "/v1/payment_methods/{id}/attach"): catalog.attach,
    ("POST", "/v1/payment_methods/{id}/detach"): catalog.detach,
    ("POST", "/v1/setup_intents/{id}/confirm"): catalog.confirm_setup_intent,
    ("POST", "/v1/payment_intents/{id}/confirm"): payments.confirm_intent,
    ("POST", "/v1/payment_intents/{id}/cancel"): payments.cancel_intent,
    ("GET", "/v1/charges/{id}/refunds"): list_nested("refund", "charge"),
    ("POST", "/v1/disputes/{id}/close"): disputes.close_dispute,
    ("GET", "/v1/checkout/sessions/{id}/line_items"): checkout.list_items,
    ("POST", "/v1/checkout/sessions/{id}/expire"): checkout.expire_session,
    ("DELETE", "/v1/webhook_endpoints/{id}"): catalog.delete_endpoint,
}


def routes() -> list[Route]:
    table: dict[tuple[str, str], Verb] = dict(SPECIAL)
    for path, (kind, create, update) in CRUD.items():
        table.setdefault(("GET", path), lister(kind, path))
        table["GET", f"{path}/{{id}}"] = getter(kind)
        if create:
            table["POST", path] = create
        if update:
            table["POST", f"{path}/{{id}}"] = update
    table["GET", "/v1/customers/{id}"] = catalog.retrieve_customer
    known = [Route(path, view(verb), methods=[method]) for (method, path), verb in table.items()]
    return [*known, Route("/v1/{path:path}", view(unknown), methods=["GET", "POST", "DELETE"])]
