"""Errors of Stripe: words for the customer, and mail to operators about those that only they can resolve."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import stripe
from django.db import transaction
from django.utils import timezone

from accounts import recipients
from billing.errors import PaymentsUnavailable
from billing.models import StripeTrouble
from billing.models.stripe_trouble import TroubleKind
from core import mail
from core.mail import Letter

TROUBLE = "billing.stripe_trouble"
QUIET = timedelta(days=1)
"""Operators are mailed once in this time about each kind; after this time without it, it is over."""
KINDS: tuple[tuple[type[stripe.StripeError], TroubleKind], ...] = (
    (stripe.AuthenticationError, TroubleKind.KEY),
    (stripe.PermissionError, TroubleKind.PERMISSION),
    (stripe.IdempotencyError, TroubleKind.IDEMPOTENCY),
    (stripe.InvalidRequestError, TroubleKind.REQUEST),
)
LETTER = Letter(
    subject="{what}",
    heading="{what}",
    lead="{times} since {since} UTC. {consequence} What Stripe said last: {detail}",
    label="See what Stripe refuses",
    href="{BASE_URL}/admin/billing/stripetrouble/",
    note="You get one email a day about this while it lasts.",
)

CONSEQUENCES = {
    TroubleKind.VERSION: "Events are read all the same, since most fields stay.",
    TroubleKind.SETTLEMENT: "Payments go on; their fees are not in the books, and the sums of the nightly proof are not compared.",
}
CONSEQUENCE = "Nothing is charged twice; payments and automatic purchases that need it are not made until this is fixed."


def kind_of(error: stripe.StripeError) -> TroubleKind | None:
    """Classify an error that operators have to resolve.

    Returns:
        None for an outage, a limit or a card, which pass without them.
    """
    return next((kind for sort, kind in KINDS if isinstance(error, sort)), None)


def record(error: stripe.StripeError) -> None:
    """Count a refusal, and mail operators unless they were mailed lately. Outages and cards don't count."""
    kind = kind_of(error)
    if kind is not None:
        record_kind(kind, str(error))


def record_kind(kind: TroubleKind, detail: str) -> None:
    """Count something that operators have to resolve at Stripe, and mail them unless they were mailed lately."""
    now = timezone.now()
    with transaction.atomic():
        StripeTrouble.objects.get_or_create(kind=kind)
        row = StripeTrouble.objects.select_for_update().get(kind=kind)
        if row.last_at < now - QUIET:
            row.since, row.times = now, 0
        row.times, row.last_at, row.detail = row.times + 1, now, detail[:300]
        if row.told_at is None or row.told_at < now - QUIET:
            row.told_at = now
            mail.post(TROUBLE, recipients.operators(), kind=kind)
        row.save()


@contextmanager
def stripe_errors_as_refusals(what: str) -> Iterator[None]:
    """Turn any error of Stripe into a refusal that people understand.

    What the caller itself understands, such as a rejected refund, it catches within.

    Args:
        what: what did not happen, for example "No payment was started".

    Raises:
        PaymentsUnavailable: Stripe can't be reached, is failing, limits us, or refuses what we ask; operators are
            told of the last.
    """
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        raise PaymentsUnavailable(
            f"Our payment provider is not responding. {what}. Try again in a minute."
        ) from error
    except stripe.CardError as error:
        raise PaymentsUnavailable(
            f"Our payment provider declined this. {what}. Try again, or use another card."
        ) from error
    except stripe.StripeError as error:
        record(error)
        raise PaymentsUnavailable(
            f"Something is wrong between us and our payment provider. {what}. We have been notified; try again later."
        ) from error


def _letter(kind: str) -> Letter:
    row = StripeTrouble.objects.get(kind=kind)
    known = {
        "what": row.get_kind_display(),
        "times": "Once" if row.times == 1 else f"{row.times:,} times",
        "since": f"{row.since:%-d %B, %H:%M}",
        "consequence": CONSEQUENCES.get(TroubleKind(row.kind), CONSEQUENCE),
        "detail": row.detail,
    }
    return LETTER.filled(known)


WRITERS = {TROUBLE: _letter}
