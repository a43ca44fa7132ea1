"""The ways that money takes, each as somebody would go it; and what the product does by itself after a death."""

import json
import uuid
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User, Workspace
from billing import ledger, maintenance
from billing.errors import RefundRefused
from billing.models import AutoTopUp, Purchase, Refund
from billing.purchases import auto_top_up, checkout, fulfillment, receipts
from billing.refunds import refund
from tests.billing.purchases.saving import choose, save_card
from tests.billing.stripe_events import Stripe, deliver
from tests.faults.points import images, partner, webhooks

PAGE = "/admin/billing/wallet"


@dataclass(frozen=True, slots=True)
class Path:
    """One way.

    Args:
        stage: what has to be there before it is gone; answers the arguments of `act`.
        act: goes it; whoever was killed on it goes it again with the same arguments.
        recover: what the product does by itself afterwards; where that is not enough, somebody asks again.
        again: somebody asks again after a death: the click or call is repeated with its key.
        may_differ: parts of how a workspace stands that depend on what came first, which is not decided here.
    """

    stage: Callable[[Workspace, User], dict[str, Any]]
    act: Callable[..., None]
    recover: Callable[..., None]
    again: bool = False
    may_differ: tuple[str, ...] = ()


def stripe() -> Stripe:
    return Stripe(settings.SANDBOX)


def tell(*types: str, about: Iterable[str]) -> None:
    """Have Stripe's events about these objects arrive at our webhook."""
    with closing(stripe()) as twin:
        for event in twin.events(*types):
            if any(name in json.dumps(event["data"]["object"]) for name in about):
                assert deliver(event).status_code == 200


def bought(workspace: Workspace, user: User, pack: str = "starter") -> Purchase:
    purchase = checkout.start(workspace, pack, user=user)
    pay(purchase)
    fulfillment.fulfill(purchase.checkout_session or "")
    purchase.refresh_from_db()
    return purchase


def pay(purchase: Purchase) -> None:
    """The customer pays, once."""
    with closing(stripe()) as twin, suppress(httpx.HTTPStatusError):  # a second time is refused
        twin.do(f"sessions/{purchase.checkout_session}/pay")


# Purchases


def _to_buy(workspace: Workspace, user: User) -> dict[str, Any]:
    return {"workspace": str(workspace.pk), "user": str(user.pk), "key": uuid.uuid4().hex}


def _click(workspace: str, user: str, key: str) -> Purchase:
    buyer, payer = Workspace.objects.get(pk=workspace), User.objects.get(pk=user)
    purchase = checkout.start(buyer, "starter", user=payer, request_key=key)
    pay(purchase)
    return purchase


def _buy_told(workspace: str, user: str, key: str) -> None:
    purchase = _click(workspace, user, key)
    tell("checkout.session.completed", about=[purchase.checkout_session or ""])


def _buy_returning(workspace: str, user: str, key: str) -> None:
    fulfillment.fulfill(_click(workspace, user, key).checkout_session or "")


def _buy_swept(workspace: str, user: str, key: str) -> None:
    _click(workspace, user, key)
    _sweep_purchases(workspace)


def _sweep_purchases(workspace: str, **_: str) -> None:
    """Hours later: pages that have closed are asked about."""
    opened = Purchase.objects.filter(workspace=workspace, status="pending").exclude(checkout_session=None)
    opened.update(created_at=timezone.now() - timedelta(hours=3))
    maintenance.purchases()


def _sweep_events(**_: str) -> None:
    maintenance.events()


def _to_receipt(workspace: Workspace, user: User) -> dict[str, Any]:
    return {"purchase": str(bought(workspace, user).pk)}


def _send_receipt(purchase: str) -> None:
    receipts.complete(uuid.UUID(purchase))


# Money back


def _to_refund(workspace: Workspace, user: User) -> dict[str, Any]:
    ledger.grant(workspace, 20, key=f"g:{workspace.pk}", reference="test")
    purchase = bought(workspace, user)
    ledger.hold(workspace, 150, reference=f"spent:{workspace.pk}")
    ledger.capture(f"spent:{workspace.pk}", 150, key=f"c:{workspace.pk}", about=f"image:{workspace.pk}")
    return {"purchase": str(purchase.pk), "user": str(user.pk), "key": uuid.uuid4().hex}


def _pay_back(purchase: str, user: str, key: str) -> None:
    row = Purchase.objects.get(pk=purchase)
    refund.refund(row, amount=700, reason="Asked for", actor=User.objects.get(pk=user), request_key=key)
    tell("refund.created", "refund.updated", "charge.refunded", about=[row.payment_intent or ""])


def _to_refund_in_vain(workspace: Workspace, user: User) -> dict[str, Any]:
    """Somebody has given all of it back in Stripe's dashboard, and we have not heard of it yet."""
    arguments = _to_refund(workspace, user)
    with closing(stripe()) as twin:
        twin.post("refunds", payment_intent=Purchase.objects.get(pk=arguments["purchase"]).payment_intent)
    return arguments


def _pay_back_in_vain(purchase: str, user: str, key: str) -> None:
    with suppress(RefundRefused):
        _pay_back(purchase, user, key)
    tell("refund.created", about=[Purchase.objects.get(pk=purchase).payment_intent or ""])


def _fail_to_pay_back(purchase: str, user: str, key: str) -> None:
    """A refund that Stripe takes, and that the bank sends back."""
    _pay_back(purchase, user, key)
    made = Refund.objects.get(request_key=key)
    with closing(stripe()) as twin, suppress(httpx.HTTPStatusError):
        twin.do(f"refunds/{made.stripe_id}/fail")
    tell("refund.failed", "refund.updated", about=[made.stripe_id or ""])


def _sweep_refunds(purchase: str, **_: str) -> None:
    Refund.objects.filter(purchase=purchase).update(created_at=timezone.now() - timedelta(minutes=11))
    maintenance.refunds()
    maintenance.events()


# Disputes


def _to_dispute(workspace: Workspace, user: User) -> dict[str, Any]:
    return {"intent": Purchase.objects.get(pk=_to_refund(workspace, user)["purchase"]).payment_intent}


def _disputed(intent: str, end: str) -> None:
    with closing(stripe()) as twin:
        known = [one for one in twin.get("disputes?limit=100")["data"] if one["payment_intent"] == intent]
        one = known[0] if known else twin.do("disputes", payment_intent=intent)
        tell("charge.dispute.created", "charge.dispute.funds_withdrawn", about=[intent])
        if end and one["status"] == "needs_response":
            twin.do(f"disputes/{one['id']}/{end}")
    tell("charge.dispute.closed", "charge.dispute.updated", "charge.dispute.funds_reinstated", about=[intent])


# Operators and saved cards


def _to_adjust(workspace: Workspace, user: User) -> dict[str, Any]:
    ledger.grant(workspace, 50, key=f"g:{workspace.pk}", reference="test")
    operator, _ = User.objects.get_or_create(
        email="olga@example.com", defaults={"is_staff": True, "is_superuser": True, "name": "Olga"}
    )
    browser = Client()
    browser.force_login(operator)
    return {"workspace": str(workspace.pk), "cookie": browser.cookies[settings.SESSION_COOKIE_NAME].value, "key": uuid.uuid4().hex}  # fmt: skip


def _adjust(workspace: str, cookie: str, key: str) -> None:
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
    form = {"credits": "-7", "reason": "A mistake", "key": key}
    answer = browser.post(f"{PAGE}/{workspace}/adjust/", form)
    assert answer.status_code == 302, answer.status_code


def _to_top_up(card: str) -> Callable[[Workspace, User], dict[str, Any]]:
    def stage(workspace: Workspace, user: User) -> dict[str, Any]:
        ledger.grant(workspace, 50, key=f"g:{workspace.pk}", reference="test")
        with closing(stripe()) as twin:
            row = save_card(workspace, user, twin)
            twin.do(f"payment_methods/{row.payment_method}", card=card)
        choose(workspace, user)
        return {"workspace": str(workspace.pk)}

    return stage


def _top_up(workspace: str) -> None:
    auto_top_up.run(uuid.UUID(workspace))
    about = Purchase.objects.filter(workspace=workspace).values_list("payment_intent", flat=True)
    tell("payment_intent.succeeded", about=[intent for intent in about if intent])


def _sweep_top_ups(workspace: str) -> None:
    AutoTopUp.objects.filter(workspace=workspace).update(busy_until=timezone.now() - timedelta(seconds=1))
    maintenance.top_ups()


def _nothing(**_: str) -> None:
    """Nothing waits for anything here: whoever got no answer asks again."""


PATHS: dict[str, Path] = {
    "buy, told by the webhook": Path(_to_buy, _buy_told, _sweep_events, again=True),
    "buy, on the return page": Path(_to_buy, _buy_returning, _sweep_purchases, again=True),
    "buy, found by the sweep": Path(_to_buy, _buy_swept, _sweep_purchases, again=True),
    "receipt": Path(_to_receipt, _send_receipt, _nothing, again=True),
    "refund": Path(_to_refund, _pay_back, _sweep_refunds, again=True),
    "refund that Stripe refuses": Path(
        _to_refund_in_vain,
        _pay_back_in_vain,
        _sweep_refunds,
        again=True,
        may_differ=("transfers", "refunds", "audit"),  # Stripe's own news may come before ours is asked for
    ),
    "refund that fails later": Path(_to_refund, _fail_to_pay_back, _sweep_refunds, again=True),
    "dispute opened": Path(_to_dispute, lambda intent: _disputed(intent, ""), _sweep_events),
    "dispute won": Path(_to_dispute, lambda intent: _disputed(intent, "win"), _sweep_events, again=True),
    "dispute lost": Path(_to_dispute, lambda intent: _disputed(intent, "lose"), _sweep_events, again=True),
    "submit": Path(images.to_order, images.submit_order, _nothing, again=True),
    "deliver and close": Path(images.to_make("a red fox", 2), images.make, images.sweep_images),
    "fail and close": Path(
        images.to_make("test:moderation_input a fox", 2), images.make, images.sweep_images
    ),
    "tell partners": Path(webhooks.to_tell(), webhooks.make_and_tell, webhooks.sweep_and_tell),
    "tell a partner who falters": Path(
        webhooks.to_tell(partner.FALTERS), webhooks.make_and_tell, webhooks.sweep_and_tell
    ),
    "cancel": Path(images.to_make("a red fox", 2), images.cancel, images.sweep_canceled, again=True),
    "start a batch": Path(images.to_start, images.start_batch, _nothing, again=True),
    "cancel a batch": Path(images.to_cancel_batch, images.cancel_batch, images.sweep_canceled, again=True),
    "adjust by hand": Path(_to_adjust, _adjust, _nothing, again=True),
    "top-up": Path(_to_top_up("visa"), _top_up, _sweep_top_ups),
    "top-up that is declined": Path(_to_top_up("chargeDeclined"), _top_up, _sweep_top_ups),
}


def open_holds(workspace: Workspace) -> int:
    """Holds that nobody has ended."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM billing_hold WHERE workspace_id = %s AND ended_at IS NULL", [workspace.pk]
        )
        return int(cursor.fetchone()[0])
