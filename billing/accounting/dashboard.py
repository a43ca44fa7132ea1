"""Billing's part of the operators' dashboard: what waits for a person, and how business goes."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.conf import settings
from django.db.models import Case, Count, F, Min, Sum, When
from django.urls import reverse
from django.utils import timezone

from billing.accounting import books
from billing.accounting.revenue import by_day, rounded_cents
from billing.accounting.span import Span
from billing.ledger.statement import first_id
from billing.models import (
    CreditRequest,
    Dispute,
    DisputeStatus,
    FraudWarning,
    Purchase,
    Refund,
    RefundRequest,
    StripeTrouble,
)
from billing.models.ledger import Hold
from billing.reconciliation import run
from billing.stripe import failures
from core.dashboard import LIVE, Gauge, PendingItem, age_in_words, changelist_url, percent_change
from core.wording import money

OPEN = (
    DisputeStatus.NEEDS_RESPONSE, DisputeStatus.UNDER_REVIEW, DisputeStatus.WARNING_NEEDS_RESPONSE,
    DisputeStatus.WARNING_UNDER_REVIEW,
)  # fmt: skip
STUCK = dt.timedelta(minutes=30)
"""Age of a stuck hold: a single order ends within ten minutes. Batches and disputes may take longer."""
PROVEN = dt.timedelta(hours=26)
"""Age of a late reconciliation: one runs every night."""
MOST = 5
BIG = 100_000
"""Cents from which on an amount is shown without its cents."""


def stuck_holds() -> Gauge:
    """Count credits held for an order and neither charged nor released in time."""
    now = timezone.now()
    filters = _stuck(now)
    found = Hold.objects.filter(**filters).aggregate(
        number=Count("pk"), credits=Sum("amount"), oldest=Min("created_at")
    )
    oldest = (
        f"{found['credits']:,} credits, oldest {age_in_words(found['oldest'], now)}"
        if found["number"]
        else "none"
    )
    return Gauge(
        "Stuck holds",
        f"{found['number']:,}",
        changelist_url("billing.hold", filters),
        oldest,
        _bad(found["number"]),
    )


DISPUTED = Case(
    When(currency__in=("", settings.CURRENCY), then=F("amount")),
    default=F("purchase__amount") + F("purchase__tax"),
)
"""Cents of a dispute; one that counts in another currency is about its whole payment."""


def open_disputes() -> Gauge:
    """Count disputed payments."""
    filters = {"status__in": ",".join(OPEN)}
    found = Dispute.objects.filter(status__in=OPEN).aggregate(
        number=Count("pk"), amount=Sum(DISPUTED), due=Min("due_by")
    )
    parts = [money(found["amount"])] if found["number"] else ["none"]
    if found["due"]:
        parts.append(f"answer by {found['due']:%-d %B}")
    return Gauge(
        "Open disputes",
        f"{found['number']:,}",
        changelist_url("billing.dispute", filters),
        ", ".join(parts),
        _bad(found["number"]),
    )


def purchases_in_review() -> Gauge:
    """Count purchases that were not paid as promised; nothing was handed over."""
    now = timezone.now()
    rows = Purchase.objects.filter(status=Purchase.Status.REVIEW)
    found = rows.aggregate(number=Count("pk"), amount=Sum("amount"), oldest=Min("created_at"))
    detail = (
        f"{money(found['amount'])}, oldest {age_in_words(found['oldest'], now)}"
        if found["number"]
        else "none"
    )
    return Gauge(
        "Purchases in review", f"{found['number']:,}", changelist_url("billing.purchase", {"status__exact": "review"}),
        detail, _bad(found["number"]),
    )  # fmt: skip


def waiting_refunds() -> Gauge:
    """Count refunds that have not arrived yet."""
    now = timezone.now()
    found = Refund.objects.filter(status=Refund.Status.PENDING).aggregate(
        number=Count("pk"), amount=Sum("amount"), oldest=Min("created_at")
    )
    detail = (
        f"{money(found['amount'])}, oldest {age_in_words(found['oldest'], now)}"
        if found["number"]
        else "none"
    )
    return Gauge(
        "Waiting refunds", f"{found['number']:,}", changelist_url("billing.refund", {"status__exact": "pending"}),
        detail, "warn" if found["number"] else "",
    )  # fmt: skip


def refund_requests() -> Gauge:
    """Count refunds that wait for a second operator."""
    now, status = timezone.now(), RefundRequest.Status.WAITING
    found = RefundRequest.objects.filter(status=status).aggregate(
        number=Count("pk"), amount=Sum("amount"), oldest=Min("created_at")
    )
    detail = (
        f"{money(found['amount'])}, oldest {age_in_words(found['oldest'], now)}"
        if found["number"]
        else "none"
    )
    return Gauge(
        "Refund requests", f"{found['number']:,}", changelist_url("billing.refundrequest", {"status__exact": status.value}),
        detail, "warn" if found["number"] else "",
    )  # fmt: skip


def credit_requests() -> Gauge:
    """Count credit adjustments that wait for a second operator."""
    now, status = timezone.now(), CreditRequest.Status.WAITING
    found = CreditRequest.objects.filter(status=status).aggregate(
        number=Count("pk"), oldest=Min("created_at")
    )
    return Gauge(
        "Credit requests", f"{found['number']:,}", changelist_url("billing.creditrequest", {"status__exact": status.value}),
        f"oldest {age_in_words(found['oldest'], now)}" if found["number"] else "none", "warn" if found["number"] else "",
    )  # fmt: skip


def stripe_troubles() -> Gauge:
    """Count refusals by Stripe that only operators can resolve."""
    since = (timezone.now() - failures.QUIET).replace(second=0, microsecond=0)
    lately = list(StripeTrouble.objects.filter(last_at__gte=since))
    return Gauge(
        "Stripe refuses", f"{len(lately):,}", changelist_url("billing.stripetrouble", {"last_at__gte": since.isoformat()}),
        str(lately[0]) if lately else "nothing", _bad(len(lately)),
    )  # fmt: skip


def last_reconciliation() -> Gauge:
    """Show what the last nightly reconciliation found, and its age."""
    row, now = run.latest(), timezone.now()
    if row is None or row.finished_at is None:
        return Gauge(
            "Ledger check", "never", changelist_url("billing.reconciliation"), "not proven yet", "warn"
        )
    href = reverse("admin:billing_reconciliation_change", args=[row.pk])
    is_late = now - row.finished_at > PROVEN
    tone = "bad" if row.number else "warn" if is_late else ""
    words = "difference" if row.number == 1 else "differences"
    return Gauge(
        "Ledger check",
        f"{row.number:,}",
        href,
        f"{words}, {age_in_words(row.finished_at, now)} ago",
        tone,
    )


def money_gauges(span: Span) -> list[Gauge]:
    """Summarize business in these days; movements are compared with as many days before."""
    now = by_day(span.since, span.until)
    before = books.period_totals(span.since - (span.until - span.since), span.since)
    since = first_id(span.since)
    start = dt.datetime.combine(span.since, dt.time(), dt.UTC).isoformat()
    earned, end = sum((one.revenue for one in now), Decimal(0)), now[-1]
    paid, sold = sum(one.paid for one in now), sum(one.sold for one in now)
    used, back = sum(one.used for one in now), sum(one.paid_back for one in now)
    return [
        Gauge(
            "Revenue", short_amount(rounded_cents(earned)), f"{reverse('admin:billing_days')}?{span.query}", "by credits used", "",
            [one.revenue for one in now],
        ),
        Gauge(
            "Paid", short_amount(paid), changelist_url("billing.purchase", {"status__exact": "paid", "paid_at__gte": start, **LIVE}),
            percent_change(paid, before.paid), "", [one.paid for one in now],
        ),
        Gauge(
            "Credits sold", f"{sold:,}", changelist_url("billing.transfer", {"kind__exact": "purchase", "id__gte": since, **LIVE}),
            percent_change(sold, before.sold), "", [one.sold for one in now],
        ),
        Gauge(
            "Credits used", f"{used:,}", changelist_url("billing.transfer", {"kind__exact": "capture", "id__gte": since, **LIVE}),
            percent_change(used, before.used), "", [one.used for one in now],
        ),
        Gauge(
            "Outstanding", short_amount(rounded_cents(end.liability)), changelist_url("billing.wallet", LIVE),
            f"{end.outstanding:,} credits, a liability", "", [one.liability for one in now],
        ),
        Gauge(
            "Refunded", short_amount(back), changelist_url("billing.refund", {"status__in": "pending,succeeded", "created_at__gte": start}),
            _part(back, paid), "", [one.paid_back for one in now],
        ),
    ]  # fmt: skip


def pending_items() -> Iterable[PendingItem]:
    """Yield what has waited longest: disputes, purchases, refunds and requests for them, holds."""
    for row in Dispute.objects.filter(status__in=OPEN).order_by("created_at")[:MOST]:
        due = f", answer by {row.due_by:%-d %B}" if row.due_by else ""
        yield PendingItem(
            f"Dispute: {row.reason.replace('_', ' ') or 'no reason given'}", f"{money(row.amount, row.currency or settings.CURRENCY)}{due}",
            _row(row), "gavel", row.created_at,
        )  # fmt: skip
    for warning in FraudWarning.objects.filter(is_actionable=True).order_by("created_at")[:MOST]:
        yield PendingItem(
            "Fraud warning: refund before it is disputed", warning.kind.replace("_", " "),
            _row(warning), "shield-alert", warning.created_at,
        )  # fmt: skip
    for purchase in Purchase.objects.filter(status=Purchase.Status.REVIEW).order_by("created_at")[:MOST]:
        yield PendingItem(
            f"Review: {purchase.pack_name}",
            purchase.review_reason,
            _row(purchase),
            "circle-alert",
            purchase.created_at,
        )
    for refund in Refund.objects.filter(status=Refund.Status.PENDING).order_by("created_at")[:MOST]:
        yield PendingItem("Refund under way", money(refund.amount), _row(refund), "undo-2", refund.created_at)
    for asked in RefundRequest.objects.filter(status=RefundRequest.Status.WAITING).order_by("created_at")[
        :MOST
    ]:
        yield PendingItem("Refund to agree to", money(asked.amount), _row(asked), "undo-2", asked.created_at)
    for wish in CreditRequest.objects.filter(status=CreditRequest.Status.WAITING).order_by("created_at")[
        :MOST
    ]:
        yield PendingItem(
            "Credits to agree to", f"{wish.credits:+,} credits", _row(wish), "users", wish.created_at
        )
    for hold in Hold.objects.filter(**_stuck(timezone.now())).order_by("created_at")[:MOST]:
        yield PendingItem(
            "Hold without an end", f"{hold.amount:,} credits", _row(hold), "hourglass", hold.created_at
        )


def short_amount(amount: int) -> str:
    """Format an amount for a glance: without cents from a thousand on."""
    return money(amount) if abs(amount) < BIG else money(amount)[:-3]


def _stuck(now: dt.datetime) -> dict[str, object]:
    moment = (now - STUCK).replace(second=0, microsecond=0)
    return {"ended_at__isnull": True, "reference__startswith": "generation:", "created_at__lt": moment}


def _row(row: CreditRequest | Dispute | FraudWarning | Purchase | Refund | RefundRequest | Hold) -> str:
    return reverse(f"admin:billing_{row._meta.model_name}_change", args=[row.pk])  # noqa: SLF001 -- Django's documented Meta API


def _bad(number: int) -> str:
    return "bad" if number else ""


def _part(part: int, whole: int) -> str:
    return f"{part / whole:.1%} of paid".replace("%", " %") if whole else ""
