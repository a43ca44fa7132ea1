"""State of Stripe's twin for the life of the process."""

import asyncio
import contextlib
import copy
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from sandbox.calls import CallLog
from sandbox.faults import Script
from sandbox.settings import Settings
from sandbox.stripe.courier import Courier
from sandbox.stripe.shapes.standalone import webhook_endpoint
from sandbox.stripe.store import Object, Store, new_id, now, visible

API_VERSION = "2026-08-26.dahlia"
ACCOUNT = "acct_1SandboxTwin0000"
HOUSEKEEPING_SECONDS = 0.5


class Twin:
    """Objects, events, deliveries, log and script.

    Attributes:
        is_short: whether the available balance is too small for refunds.
        books_later: whether the balance's lines of payments come only when control books them.
        settlement: currency in which the account is paid out, and in which all lines of its balance are.
        rate: of exchange into it, for whatever is in another currency.
        latency: seconds before each call is worked on.
        account_version: version of the API in which events are listed; endpoints have their own.
        invoices_later: whether the invoice of a session is linked to it only when control does so.
        in_flight: idempotency keys of calls that have no answer yet.
    """

    HABITS: ClassVar[dict[str, Any]] = {
        "is_short": False,
        "books_later": False,
        "settlement": "usd",
        "rate": 0.92,
        "latency": 0.0,
        "account_version": API_VERSION,
        "invoices_later": False,
    }
    """What control changes, as it is at first."""
    is_short: bool
    books_later: bool
    settlement: str
    rate: float
    latency: float
    account_version: str
    invoices_later: bool

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.state)
        self.log = CallLog()
        self.script = Script()
        self.courier = Courier(self.store)
        self.base_url = f"http://127.0.0.1:{settings.port}"
        self.request: dict[str, Any] = {"id": None, "idempotency_key": None}
        self.in_flight: set[str] = set()
        self.take_habits(self.HABITS)
        self._know_endpoint()

    def take_habits(self, habits: Mapping[str, Any]) -> None:
        """Behave so from now on; each value has the type of the first one. Raises ValueError for an unknown habit."""
        if unknown := habits.keys() - self.HABITS.keys():
            raise ValueError(f"The habits are {', '.join(self.HABITS)}; not {', '.join(sorted(unknown))}.")
        for name, value in habits.items():
            setattr(self, name, type(self.HABITS[name])(value))

    def _know_endpoint(self) -> None:
        """The endpoint that the environment names is there from the start."""
        if self.settings.webhook_url:
            endpoint = webhook_endpoint(
                "we_1SandboxEnvironment0000", self.settings.webhook_url, ["*"], API_VERSION
            )
            self.store.add(endpoint | {"_secret": self.settings.webhook_secret})

    def reset(self) -> None:
        """Forget all objects, logs and scripts; deliveries under way are dropped."""
        self.courier.reset()
        self.store.clear()
        self.log.clear()
        self.script.clear()
        self.take_habits(self.HABITS)
        self._know_endpoint()

    def emit(self, type_: str, thing: Object, previous: dict[str, Any] | None = None) -> Object:
        """Record an event with a snapshot of the object, and send it to whom it concerns."""
        data = {"object": copy.deepcopy(visible(thing))}
        if previous is not None:
            data["previous_attributes"] = previous
        return self.publish(type_, data)

    def publish(self, type_: str, data: dict[str, Any]) -> Object:
        event = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": self.account_version,
            "created": now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": type_,
        }
        self.store.add(event)
        self.courier.send(event)
        return event

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver, save and expire while the program runs."""
        self.courier.start()
        task = asyncio.create_task(self._keep_house())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.courier.stop()
            self.store.save()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(HOUSEKEEPING_SECONDS)
            for session in list(self.store.kinds.get("checkout.session", {}).values()):
                if session["status"] == "open" and session["expires_at"] <= now():
                    session.update(status="expired", url=None)
                    self.emit("checkout.session.expired", session)
            self.store.save()
