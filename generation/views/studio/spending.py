"""Request keys of forms: one rendering of a form is one request, however often it is sent."""

import re
from http import HTTPStatus

from django.http import QueryDict

from accounts.models import User
from accounts.requests import MemberRequest
from core import ids
from core.errors import Refusal
from core.inputs import parsing
from generation.catalog import cache
from generation.errors import MaxCreditsExceeded
from generation.models import Generation, Source
from generation.orders.submit import submit
from generation.studio.draft import Draft

_KEY = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)


def posted_key(form: QueryDict) -> str:
    """Return the form's key; a fresh one if it has none, or one that we did not write."""
    key = str(form.get("request_key", ""))
    return key if _KEY.fullmatch(key) else ids.new().hex


def request_key(user: User, key: str) -> str:
    """Return the key as the engine stores it, distinct from other members' and the API's."""
    return f"studio:{user.pk.hex}:{key}"


SWAPPED = (HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class PriceChanged(Refusal):
    """The price on the button is no longer the price."""

    code = "price_changed"
    status = HTTPStatus.CONFLICT


def order_at_shown_price(request: MemberRequest, draft: Draft, key: str) -> Generation:
    """Order the draft at no more than the posted `max_credits`, which is the price that the button showed.

    Args:
        request: a member's, with the form.
        draft: what to order.
        key: of this rendering of the form; the same key with the same draft is the same generation.

    Raises:
        PriceChanged: it costs more now, or no price was shown.
        Refusal: whatever else `submit` refuses.
    """
    model = cache.load().find(draft.model)
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
    return parsing.number(str(request.POST.get("max_credits", "")))


def htmx_status(refusal: Refusal) -> int:
    """Return the status with which htmx swaps a refusal into the page: its own if that is one of those, else 422."""
    return refusal.status if refusal.status in SWAPPED else HTTPStatus.UNPROCESSABLE_ENTITY
