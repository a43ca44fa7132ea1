"""Stripe's lists, page by page, for work at which nobody waits: what Stripe won't answer now is asked again.

Stripe's own library reads on after each page too, but one limit (429) or cut connection ends the whole list.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import stripe
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from billing.stripe.client import to_plain_dict

PAGE = 100
"""Objects of a page; Stripe gives at most so many."""
TRIES = 7
"""How often a page is asked for: for half a minute, or as long as Stripe says."""
LONGEST = 20.0
"""Seconds between two tries, whatever Stripe says."""
PASSING = (stripe.RateLimitError, stripe.APIConnectionError, stripe.APIError)
"""Errors that pass by themselves: limits, outages, conflicts."""


def every(listed: Callable[[Any], Any], window: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every object of a list as plain JSON, newest first.

    Args:
        listed: the list, as a method of the client.
        window: what it is asked for.

    Raises:
        stripe.StripeError: Stripe refuses, or did not answer however often it was asked.
    """
    wanted = {"limit": PAGE, **window}
    while True:
        page = patiently(partial(listed, dict(wanted)))
        yield from map(to_plain_dict, page.data)
        if not page.has_more or not page.data:
            return
        wanted["starting_after"] = page.data[-1].id


def patiently[T](call: Callable[[], T]) -> T:
    """Call Stripe, and again after a growing pause where it limits us or does not answer.

    Raises:
        stripe.StripeError: Stripe refuses, or did not answer however often it was asked.
    """
    again = Retrying(
        retry=retry_if_exception_type(PASSING), stop=stop_after_attempt(TRIES), wait=_pause, reraise=True
    )
    return again(call)


def _pause(state: RetryCallState) -> float:
    """Return the seconds that Stripe asks to wait, or else some that grow."""
    error = state.outcome.exception() if state.outcome else None
    said = str((getattr(error, "headers", None) or {}).get("retry-after", ""))
    wanted = float(said) if said.isdecimal() else wait_random_exponential(multiplier=0.5, max=LONGEST)(state)
    return min(wanted, LONGEST)
