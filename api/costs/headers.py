"""The headers of every answer that concerns a generation, on both surfaces, and where their figures come from.

What they say is read with what the answer reads anyway (`with_figures`, `figures`), so that no answer takes a query more;
only one that is replayed for an idempotency key asks by itself (`read`).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db import connection
from django.db.models import DecimalField, F, Func, Model, QuerySet
from django.db.models.functions import Coalesce
from django.http.response import HttpResponseBase

from core import ids
from generation.models import FINISHED, Generation

GENERATION: Final = "CreateIO-Generation"
CHARGED: Final = "CreateIO-Credits-Charged"
AVAILABLE: Final = "CreateIO-Credits-Available"
RESPONSE_COST: Final = "x-litellm-response-cost"
MEMBER: Final = "createio"
"""The member of a stream's event that says the same."""
FIGURES: Final = "coalesce(wallet.available, 0), billing_credit_price(generation.workspace_id)"
"""Columns of `Figures`, for a statement that reads `generation` and joins `wallet`."""
WALLET: Final = "LEFT JOIN billing_wallet AS wallet ON wallet.workspace_id = generation.workspace_id"
_READ: Final = f"""
    SELECT generation.status, generation.charged, generation.is_test, {FIGURES}
    FROM generation_generation AS generation {WALLET} WHERE generation.id = %s
"""  # noqa: S608 -- names of columns
_MICRO: Final = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a workspace has at a moment.

    Attributes:
        available: credits that it can spend.
        credit_price: what a credit costs it at the least, in cents.
    """

    available: int
    credit_price: Decimal


@dataclass(frozen=True, slots=True)
class Cost:
    """What a generation has cost by now.

    Attributes:
        generation: its id.
        charged: credits charged so far.
        available: credits that its workspace can spend now.
        dollars: `charged` at the least that a credit costs the workspace; 0 until it has finished, and for test images.
    """

    generation: uuid.UUID
    charged: int
    available: int
    dollars: Decimal

    @classmethod
    def of(cls, generation: Generation, figures: Figures) -> "Cost":
        """Say what a generation has cost, as it stands in memory."""
        is_paid = generation.status in FINISHED and not generation.is_test
        dollars = generation.charged * figures.credit_price / 100 if is_paid else Decimal(0)
        return cls(generation.pk, generation.charged, figures.available, dollars)

    @property
    def response_cost(self) -> str:
        """The dollars as a plain decimal number, to a millionth."""
        return format(self.dollars.quantize(_MICRO).normalize(), "f")

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an answer."""
        return {
            GENERATION: ids.public("gen", self.generation),
            CHARGED: str(self.charged),
            AVAILABLE: str(self.available),
            RESPONSE_COST: self.response_cost,
        }

    @property
    def member(self) -> dict[str, Any]:
        """The same for an event of a stream, whose headers were sent before it was known."""
        return {
            "generation": ids.public("gen", self.generation),
            "credits_charged": self.charged,
            "credits_available": self.available,
            "response_cost": float(self.response_cost),
        }


def with_figures[Row: Model](rows: QuerySet[Row]) -> QuerySet[Row]:
    """Read with rows of a workspace what `figures` returns."""
    return rows.annotate(  # type: ignore[return-value] # the stubs lose the model
        credits_available=Coalesce(F("workspace__wallet__available"), 0),
        credit_price=Func(F("workspace_id"), function="billing_credit_price", output_field=DecimalField()),
    )


def figures(row: Any) -> Figures:
    """Return what was read with a row by `with_figures`."""
    return Figures(row.credits_available, row.credit_price)


def read(generation_id: uuid.UUID) -> Cost:
    """Read what a generation has cost by now."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [generation_id])
        status, charged, is_test, *found = cursor.fetchone()
    generation = Generation(pk=generation_id, status=status, charged=charged, is_test=is_test)
    return Cost.of(generation, Figures(*found))


def told[Sent: HttpResponseBase](response: Sent, headers: Mapping[str, str]) -> Sent:
    """Return the response with these headers."""
    for name, value in headers.items():
        response[name] = value
    return response


def of_body(body: Any) -> Mapping[str, str]:
    """Return the headers for an answer that shows a generation, read anew; none for any other body."""
    key = ids.parse("gen", str(body.get("id"))) if isinstance(body, dict) else None
    return read(key).headers if key else {}
