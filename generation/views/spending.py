"""Helpers that the buttons that spend share."""

from http import HTTPStatus

from accounts import reading
from accounts.errors import Refusal
from accounts.requests import MemberRequest
from generation import catalogue
from generation.draft import Draft
from generation.errors import MaxCreditsExceeded
from generation.models import Generation, Source
from generation.submit import submit
from generation.views.keys import request_key

SWAPPED = (HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class PriceChanged(Refusal):
    """The price on the button is no longer the price."""

    code = "price_changed"
    status = HTTPStatus.CONFLICT


def spend(request: MemberRequest, draft: Draft, key: str) -> Generation:
    """Order the draft at no more than the posted `max_credits`, which is the price that the button showed.

    Args:
        request: a member's, with the form.
        draft: what to order.
        key: of this rendering of the form; the same key with the same draft is the same generation.

    Raises:
        PriceChanged: it costs more now, or no price was shown.
        Refusal: whatever else `submit` refuses.
    """
    model = catalogue.load().find(draft.model)
    order = (draft.settled(model) if model else draft).order()
    shown = shown_price(request)
    if shown is None:
        raise PriceChanged(
            "The button showed no price yet, so nothing was charged. Look at it and press again."
        )
    try:
        return submit(
            request.workspace,
            order,
            user=request.user,
            source=Source.STUDIO,
            request_key=request_key(request.user, key),
            max_credits=shown,
        )
    except MaxCreditsExceeded as exceeded:
        now = exceeded.extra["credits"]
        raise PriceChanged(
            f"This costs {now} credits now, not {shown}. Nothing was charged; press again if that is all right."
        ) from exceeded


def shown_price(request: MemberRequest) -> int | None:
    """Return the price that the button showed, which is the most that may be charged; None if it is no number."""
    return reading.number(str(request.POST.get("max_credits", "")))


def swapped(refusal: Refusal) -> int:
    """Return the status with which htmx swaps a refusal into the page: its own if that is one of those, else 422."""
    return refusal.status if refusal.status in SWAPPED else HTTPStatus.UNPROCESSABLE_ENTITY
