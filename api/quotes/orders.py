"""Keeping quotes, and placing their orders at the price that was quoted."""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar, Final

from django.db.models import Q
from django.db.models.functions import Now

from accounts.models import ApiToken, User, Workspace
from api.models import QuotedOrder
from api.quotes import written
from core import ids
from core.errors import Refusal
from generation.models import Generation, Source
from generation.orders.preparation import OrderPreparer, PreparedOrder
from generation.orders.pricing import Quote
from generation.orders.submit import submit

LIFETIME: Final = timedelta(minutes=15)
"""Long enough to ask a person; short enough that a new price is everybody's soon, and that what an order needs, a model
or a reference, is hardly ever gone by then."""
MOST: Final = 2_000
"""Quotes of a workspace that hold at the same time."""
COME_BACK_IN: Final = 60


class QuoteNotFound(Refusal):
    """There is no such quote in this workspace; long after it has expired, it is not known any more."""

    code: ClassVar[str] = "quote_not_found"
    status: ClassVar[int] = 404


class QuoteExpired(Refusal):
    """The quote's price holds no longer."""

    code: ClassVar[str] = "quote_expired"
    status: ClassVar[int] = 410


class TooManyQuotes(Refusal):
    """The workspace has as many quotes that hold as it may have."""

    code: ClassVar[str] = "too_many_quotes"
    status: ClassVar[int] = 429


def keep(
    workspace: Workspace, prepared: PreparedOrder, *, token: ApiToken | None, user: User | None
) -> QuotedOrder:
    """Keep an order with its price, and the version of its style that was priced.

    Raises:
        TooManyQuotes: `MOST` of the workspace's hold already.
    """
    if QuotedOrder.objects.filter(workspace=workspace, expires_at__gt=Now())[:MOST].count() >= MOST:
        raise TooManyQuotes(
            f"This workspace has {MOST:,} quotes that still hold, as many as it may have. Nothing was charged; order by one "
            f"of them, or try again in {COME_BACK_IN} seconds.",
            retry_after=COME_BACK_IN,
        )
    version = prepared.version.pk if prepared.version else None
    return QuotedOrder.objects.create(
        workspace=workspace,
        token=token,
        created_by=user,
        order=written.write(replace(prepared.asked, style_version=version)),
        model=prepared.model.slug,
        quote=prepared.quote.as_json(),
        credits=prepared.quote.credits,
        expires_at=Now() + LIFETIME,
    )


def first_of(workspace: Workspace, public_id: str) -> Generation | None:
    """Return the generation that a quote has been placed as."""
    request_key = f"quote:{ids.parse('quo', public_id) or ids.NOBODY}"
    return workspace.generations.filter(request_key=request_key).first()


def place(
    workspace: Workspace,
    public_id: str,
    *,
    token: ApiToken | None,
    user: User | None,
    max_credits: int | None = None,
) -> Generation:
    """Place the order of a quote; what it costs is what was quoted.

    The quote's id is the generation's natural key. So whoever places it again gets the first generation, also after the
    quote has expired.

    Raises:
        QuoteNotFound: the workspace has no such quote.
        QuoteExpired: it holds no longer, or another model would run the order now.
        Refusal: as `submit`.
    """
    key = ids.parse("quo", public_id) or ids.NOBODY
    request_key = f"quote:{key}"
    if first := first_of(workspace, public_id):
        return first
    mine = QuotedOrder.objects.filter(pk=key, workspace=workspace)
    kept = mine.annotate(holds=Q(expires_at__gt=Now())).first()
    if kept is None:
        raise QuoteNotFound(
            "There is no such quote in this workspace, or it expired long ago. Nothing was charged; ask for a new quote.",
            param="quote",
        )
    if not kept.holds:
        raise QuoteExpired(
            f"This quote has expired: its price held for {LIFETIME.seconds // 60} minutes. Nothing was charged; ask for a new quote.",
            param="quote",
        )
    order = written.read(kept.order)
    if OrderPreparer(workspace).model(order.model).slug != kept.model:
        raise QuoteExpired(
            f"This quote is for {kept.model}, which another model has replaced since. Nothing was charged; ask for a new quote.",
            param="quote",
        )
    return submit(
        workspace,
        order,
        source=Source.API,
        user=user,
        token=token,
        request_key=request_key,
        max_credits=max_credits,
        price=Quote.from_json(kept.quote),
    )
