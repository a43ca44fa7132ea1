"""Idempotency keys: the same for each try of the same thing, until Stripe has answered that key for good.

Stripe repeats the first answer of a key for a day, its own 500s and refusals included (docs.stripe.com/api/idempotent_requests).
What was limited, conflicted with another call, or got no answer is tried again with the same key.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import stripe
from django.db.models import F
from django.utils import timezone

from billing.models import StripeKey

ANSWERED = (400, 402, 404)
"""Refusals that are repeated; others (401, 403, 409, 429) say that nothing was tried."""
BROKEN = 500


@contextmanager
def attempt(name: str) -> Iterator[str]:
    """Give the key for one try; if Stripe would repeat its answer to it, the next try gets another one.

    After a 500 the thing may have been made all the same: where that matters, look first if `was_renewed`.

    Args:
        name: what is asked for; the same words for each try of it.
    """
    turn = _turn(name)
    try:
        yield f"{name}:{turn}" if turn else name
    except stripe.StripeError as error:
        if (error.http_status or 0) >= BROKEN or error.http_status in ANSWERED:
            _renew(name, turn)
        raise


def was_renewed(name: str) -> bool:
    """Return whether an earlier try was answered for good, perhaps after its work was done."""
    return _turn(name) > 0


def _turn(name: str) -> int:
    return StripeKey.objects.filter(name=name).values_list("turn", flat=True).first() or 0


def _renew(name: str, turn: int) -> None:
    StripeKey.objects.get_or_create(name=name)
    # Of two tries that failed at once, one renews.
    StripeKey.objects.filter(name=name, turn=turn).update(turn=F("turn") + 1, renewed_at=timezone.now())
