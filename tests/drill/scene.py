"""Customers of a drill: each a workspace with a card, on one test clock, with auto top-up in place of a payment page."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

import stripe
from django.utils import timezone

from accounts.models import Membership, Role, User, Workspace
from billing import maintenance
from billing.ledger import balance
from billing.models import AutoTopUp, Customer, Purchase
from billing.plans import offers
from billing.purchases import auto_top_up, auto_top_up_consent, receipts
from billing.stripe.client import client
from tests.drill.book import Book, Different, expect

THRESHOLD = auto_top_up_consent.THRESHOLDS[0]
PAUSE = 2.0
"""Seconds between two questions: a test key allows 25 calls a second."""


@dataclass
class Scene:
    """The place: where it began, and the clock that takes its customers away at the end."""

    book: Book
    clock: str
    since: int

    def customer(self, card: str) -> "Buyer":
        """Make a workspace whose saved card is that test card, such as `pm_card_visa`."""
        name = f"drill-{uuid.uuid4().hex[:10]}"
        workspace = Workspace.objects.create(name=name, slug=name)
        owner = User.objects.create_user(f"{name}@example.com", name="Drill")
        Membership.objects.create(workspace=workspace, user=owner, role=Role.OWNER)
        asked = {"name": name, "email": owner.email, "metadata": {"workspace": workspace.public_id}}
        made = client().v1.customers.create({**asked, **({"test_clock": self.clock} if self.clock else {})})  # type: ignore[typeddict-item]
        Customer.objects.create(workspace=workspace, stripe_id=made.id)
        method = client().v1.payment_methods.attach(card, {"customer": made.id})
        offer = next(iter(offers.for_workspace(workspace)))
        AutoTopUp.objects.create(
            workspace=workspace,
            pack=offer.pack,
            payment_method=method.id,
            card="Drill",
            resumed_at=timezone.now(),
        )
        auto_top_up_consent.agree(
            workspace, owner, on=True, threshold=THRESHOLD, per_day=2, shown=offer.terms
        )
        return Buyer(self, workspace, owner, made.id, method.id)

    def until(self, is_so: Callable[[], object], sentence: str) -> None:
        """Ask Stripe for events, as the sweep does, until it is so. Raises `Different` with the sentence."""
        deadline = time.monotonic() + self.book.patience
        while True:
            maintenance.events()
            if is_so():
                return
            if time.monotonic() > deadline:
                raise Different(f"{sentence}, not after {self.book.patience:.0f} s")
            time.sleep(PAUSE)


@dataclass
class Buyer:
    """One of the drill's customers."""

    scene: Scene
    workspace: Workspace
    owner: User
    customer: str
    method: str

    def buy(self) -> Purchase:
        """Charge the saved card, without anybody present."""
        purchase = auto_top_up.run(self.workspace.pk)
        expect(purchase is not None, "nothing was due")
        assert purchase is not None
        return purchase

    def bought(self) -> Purchase:
        """Buy, and fetch what Stripe says about it."""
        purchase = self.buy()
        self.scene.until(lambda: _fresh(purchase).status == Purchase.Status.PAID, "the purchase is not paid")
        receipts.complete(purchase.pk)
        return _fresh(purchase)

    @property
    def credits(self) -> tuple[int, int, int]:
        """Credits that are available, held and owed."""
        now = balance.for_workspace(self.workspace)
        return now.available, now.held, now.debt

    @property
    def paused_for(self) -> str:
        """Why auto top-up is paused; empty if it isn't."""
        row = AutoTopUp.objects.get(workspace=self.workspace)
        return row.paused_kind if row.paused_at else ""


def _fresh(purchase: Purchase) -> Purchase:
    purchase.refresh_from_db()
    return purchase


def clock(book: Book) -> str:
    """Start a test clock, or do without one if Stripe has none for us; returns its id."""
    try:
        return str(
            client().v1.test_helpers.test_clocks.create({"frozen_time": int(time.time()), "name": "drill"}).id
        )
    except stripe.InvalidRequestError as refused:
        book.answer("a test clock", f"refused: {refused}")
        return ""
