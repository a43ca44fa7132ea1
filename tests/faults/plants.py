"""Differences that `manage.py reconcile` has to find: each is planted behind everybody's back, and is one line.

In the tables with triggers off, in rows beside the ledger, and at Stripe's twin.
"""

import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

from django.db import connection, transaction

from accounts.models import Workspace
from billing import ledger
from billing.models import Dispute, Purchase, Refund
from tests.faults.garden import Garden, long_ago, stripe

Plant = Callable[[], object]
FOLLOWS = {"not paid": "fee missing"}
"""What else is told of a planted difference: of a payment that Stripe does not know, it has no line of a fee either."""
CENTS = {"not paid": 1_000, "amount": -1, "dispute money": -1}
"""By how much more our books expect Stripe's balance to be than its lines are: one line tells it, for all together."""
TOTAL = re.compile(r"balance total: .* sum up to (-?\d+) cents; .* leave (-?\d+)")


def wrong(lines: list[str], planted: list[tuple[str, Plant]], *, is_whole: bool = True) -> list[str]:
    """What reconcile says beside the planted differences and what follows from them, or does not say of them.

    What follows is told by all lines of Stripe's balance together, which only the whole one reads.
    """
    kinds = Counter(kind for kind, _ in planted)
    wanted = kinds + Counter(FOLLOWS[kind] for kind in kinds.elements() if kind in FOLLOWS and is_whole)
    cents = sum(CENTS.get(kind, 0) for kind in kinds.elements()) if is_whole else 0
    wanted["balance total"] = int(cents != 0)
    found = Counter(line.partition(":")[0] for line in lines)
    amiss = [
        f"{kind}: {wanted[kind]} wanted, {found[kind]} found"
        for kind in sorted(wanted | found)
        if wanted[kind] != found[kind]
    ]
    for theirs, ours in (map(int, told.groups()) for told in map(TOTAL.match, lines) if told):
        if ours - theirs != cents:
            amiss.append(f"balance total: {ours - theirs} cents, {cents} planted")
    return amiss


def plants(garden: Garden) -> list[tuple[str, Plant]]:
    """What reconcile calls it, and how it is planted; what it is planted into is made now, and is in order."""
    twin_knows = _at_stripe(garden)
    return [*_in_the_ledger(garden), *_beside_it(garden), *twin_knows]


def by_sql(statement: str, *parameters: Any) -> None:
    """No trigger, no check of a foreign key."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)


def _in_the_ledger(garden: Garden) -> list[tuple[str, Plant]]:
    mine = str(garden.workspace.pk)
    promised = garden.bought()
    dear, gone = garden.images
    unfinished = garden.ordered()
    chained, shifted = (
        Workspace.objects.create(name=name, slug=f"{name}-{mine}") for name in ("chain", "shift")
    )
    ledger.grant(chained, 5, key=f"chain:{mine}", reference="garden")
    ledger.grant(shifted, 5, key=f"shift:{mine}", reference="garden")
    return [
        ("I1", lambda: by_sql("UPDATE billing_transfer SET source = 'adjusted' WHERE key = %s", garden.key("grant"))),
        ("I3", lambda: by_sql("UPDATE billing_wallet SET available = available - 1, held = held + 1 WHERE workspace_id = %s", str(shifted.pk))),
        ("I3", lambda: by_sql("UPDATE billing_transfer SET available_after = 6 WHERE key = %s", f"chain:{mine}")),
        ("I6", lambda: by_sql("UPDATE billing_hold SET captured = captured + 1, released = released - 1 WHERE reference = %s", garden.key("hold"))),
        ("I6", lambda: by_sql("UPDATE accounts_apitoken SET credits_committed = 3 WHERE id = %s", str(garden.token.pk))),
        ("I7", lambda: by_sql("UPDATE generation_generation SET status = 'failed', finished_at = now() WHERE id = %s", str(unfinished.pk))),
        ("I8", lambda: by_sql("UPDATE generation_image SET credits = credits + 1 WHERE id = %s", str(dear.pk))),
        ("I8", lambda: by_sql("UPDATE generation_image SET status = 'failed', reason = 'timeout' WHERE id = %s", str(gone.pk))),
        ("I9", lambda: by_sql("UPDATE billing_purchase SET credits = credits + 1 WHERE id = %s", str(promised.pk))),
        ("I10", lambda: by_sql("ALTER TABLE billing_hold DISABLE TRIGGER hold_ends_once")),
        ("I11", lambda: by_sql(
            "UPDATE generation_attempt SET workspace_id = %s WHERE id = (SELECT id FROM generation_attempt WHERE image_id = %s LIMIT 1)",
            str(shifted.pk), str(dear.pk),
        )),
    ]  # fmt: skip


def _beside_it(garden: Garden) -> list[tuple[str, Plant]]:
    returned, late, failed = garden.bought(), garden.refunded("pending"), garden.refunded("fail")
    asked, unsent_receipt = garden.disputed(), garden.bought()
    return [
        ("taken back", lambda: ledger.give_back(garden.workspace, 1, key=garden.key("back"), reference=returned.reference, reason="")),
        ("parked", lambda: Refund.objects.filter(pk=failed.pk).update(purchase=None)),
        ("parked", lambda: Dispute.objects.filter(pk=asked.pk).update(purchase=None)),
        ("freeze", lambda: ledger.freeze(garden.workspace, 1, reference="dispute:dp_nobody", reason="")),
        ("stuck", lambda: garden.row("pending", created_at=long_ago())),
        ("stuck", lambda: Refund.objects.filter(pk=late.pk).update(created_at=long_ago())),
        ("unsent", lambda: Refund.objects.create(payment_intent="pi_nobody", amount=1, created_at=long_ago(1))),
        ("review", lambda: garden.row("review", review_reason="Another amount")),
        ("receipt", lambda: Purchase.objects.filter(pk=unsent_receipt.pk).update(receipt_sent_at=None, paid_at=long_ago(2))),
        ("payment", garden.sold),
    ]  # fmt: skip


def _at_stripe(garden: Garden) -> list[tuple[str, Plant]]:
    cheaper, elsewhere, live, renamed, twice, sent_back, questioned = (garden.bought() for _ in range(7))
    told, answered, dearer = garden.refunded(), garden.disputed(), garden.disputed()
    withdrawn = garden.disputed()
    waiting = garden.open()
    customer = garden.workspace.customer.stripe_id

    def of(purchase: Purchase, **values: Any) -> Plant:
        return lambda: Purchase.objects.filter(pk=purchase.pk).update(**values)

    def do(path: str, **body: Any) -> Plant:
        def plant() -> None:
            with closing(stripe()) as twin:
                twin.do(path, **body)

        return plant

    def post(path: str, **form: Any) -> Plant:
        def plant() -> None:
            with closing(stripe()) as twin:
                twin.post(path, **form)

        return plant

    def pay_for(name: str) -> Plant:
        return post(
            "payment_intents", amount=1_000, currency="usd", customer=customer, payment_method="pm_card_visa",
            confirm="true", **{"metadata[purchase]": name},
        )  # fmt: skip

    return [
        ("not credited", do(f"sessions/{waiting.checkout_session}/pay")),
        ("not paid", lambda: garden.sold(payment_intent="pi_nobody_knows")),
        ("paid twice", pay_for(twice.public_id)),
        ("unknown purchase", pay_for("pur_00000000000000000000000000")),
        ("amount", of(cheaper, amount=999)),
        ("currency", of(elsewhere, currency="eur")),
        ("mode", of(live, livemode=True)),
        ("wrong purchase", post(f"payment_intents/{renamed.payment_intent}", **{"metadata[purchase]": twice.public_id})),
        ("refund unknown", post("refunds", payment_intent=sent_back.payment_intent, amount=10)),
        ("refund status", lambda: Refund.objects.filter(pk=told.pk).update(status="pending")),
        ("refund missing", lambda: Refund.objects.create(payment_intent="pi_nobody", stripe_id="re_nobody", amount=1, status="failed")),
        ("dispute unknown", do("disputes", payment_intent=questioned.payment_intent)),
        ("dispute status", lambda: Dispute.objects.filter(pk=answered.pk).update(status="under_review")),
        ("dispute amount", lambda: Dispute.objects.filter(pk=dearer.pk).update(amount=dearer.amount + 1)),
        ("dispute money", lambda: Dispute.objects.filter(pk=withdrawn.pk).update(withdrawn=1_001)),
        ("dispute missing", lambda: Dispute.objects.create(payment_intent="pi_nobody", stripe_id="dp_nobody", amount=1, status="won")),
    ]  # fmt: skip
