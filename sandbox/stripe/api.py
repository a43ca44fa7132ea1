"""The paths of Stripe's API and what every call goes through: key, idempotency, errors, expansion, log."""

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from sandbox import trouble
from sandbox.calls import Logged
from sandbox.stripe import catalog, checkout, clocks, idempotency, known, versions
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


def view(verb: Verb, takes: type | None):
    """An endpoint that runs the verb, for parameters that Stripe knows."""

    async def endpoint(request: Request) -> Logged:
        twin: Twin = request.app.state.stripe
        twin.base_url = str(request.base_url).rstrip("/").removesuffix("/stripe")
        request_id = new_id("req", 14)
        key = request.headers.get("idempotency-key")
        headers = {
            "request-id": request_id,
            "stripe-version": request.headers.get("stripe-version", API_VERSION),
            "content-type": "application/json",
        }
        path = request.url.path.removeprefix("/stripe")
        call = twin.log.start(method=request.method, path=path, request_id=request_id, idempotency_key=key)
        answer = Answer(200, headers)
        fault = None
        try:
            authenticate(request)
            params = await parameters(request)
            call["params"] = params
            key = idempotency.key_of(request)
            with idempotency.in_flight(twin, key):
                if twin.latency:
                    await asyncio.sleep(twin.latency)
                print_ = idempotency.fingerprint(request, params)
                kept = idempotency.replayed(twin, key, request, params, headers)
                if kept is not None:
                    return Logged(kept, call, twin.log)
                if takes is not None:
                    known.check(takes, params)
                fault = twin.script.take(call)
                call["fault"] = fault.do if fault else None
                early = await trouble.before_work(
                    fault, request, headers, lambda status, options: _error(status, options, request_id)
                )
                if early is not None:
                    if fault is not None and fault.do == "status" and fault.get("kept", True):
                        idempotency.keep(twin, key, print_, early)
                    return Logged(early, call, twin.log)
                if key:
                    headers["idempotency-key"] = key
                answer = Answer(*_outcome(verb, twin, request, params, headers))
                idempotency.keep(twin, key, print_, answer)
        except StripeError as error:
            answer = Answer(error.status, headers, json.dumps(error.body(request_id)).encode())
        return Logged(trouble.on_the_way(fault, answer), call, twin.log)

    return endpoint


def _error(status: int, options: Any, request_id: str) -> bytes:
    return json.dumps(of_status(status, options).body(request_id)).encode()


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

    page = twin.store.page("event", rest, "/v1/events", keep)
    return {**page, "data": [_listed_event(twin, event) for event in page["data"]]}


def _listed_event(twin: Twin, event: Object) -> Object:
    """An event as it is listed, in the version that the account had when it happened."""
    return versions.shown(twin.store, event, event["api_version"])


def get_event(twin: Twin, params: Params, ids: Params) -> Object:
    return _listed_event(twin, twin.store.get("event", ids["id"]))


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
    ("GET", "/v1/events/{id}"): get_event,
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
    ("POST", "/v1/refunds/{id}/cancel"): refunds.cancel_by_call,
    ("POST", "/v1/test_helpers/test_clocks"): clocks.create,
    ("GET", "/v1/test_helpers/test_clocks/{id}"): getter(clocks.KIND),
    ("POST", "/v1/test_helpers/test_clocks/{id}/advance"): clocks.advance,
    ("DELETE", "/v1/test_helpers/test_clocks/{id}"): clocks.delete,
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
    paths = [
        Route(path, view(verb, known.TAKES.get((method, path))), methods=[method])
        for (method, path), verb in table.items()
    ]
    return [*paths, Route("/v1/{path:path}", view(unknown, None), methods=["GET", "POST", "DELETE"])]
