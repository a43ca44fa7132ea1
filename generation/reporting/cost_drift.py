"""Models whose images do not cost what is expected: operators are told, since prices rest on the expectation."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db import connection, transaction
from django.utils import timezone

from accounts import recipients
from core import mail
from core.mail import Letter
from generation import sql
from generation.catalog import cache
from generation.catalog.provider_costs import Costs
from generation.models import ImageModel, ModelHealth, Unit
from generation.models.size_class import CLASSES, size_class
from generation.orders import previews
from generation.reporting.costs import MICROS

DRIFT = "generation.cost_drift"
IMAGES = 50
"""Number of a model's last images that are compared; with fewer nothing is said."""
TOLERATED = Fraction(1, 4)
TOKENS_FROM = 2_000_000
"""Constant of OpenAI's own formula (generation/seeds/openai.py): tokens grow with this many pixels plus the image's own."""
LETTER = Letter(
    subject="{model} costs {percent} % {more} than expected",
    heading="{model} costs {percent} % {more} than expected",
    lead="Its last {images} images were booked at {booked} ¢ each on average, where {expected} ¢ are expected. Prices and "
    "their warnings rest on the expectation.",
    label="See its costs",
    href="{BASE_URL}/admin/generation/attempt/costs/?model={slug}",
    note="If the provider's prices have changed, change the unit costs on {BASE_URL}/admin/generation/imagemodel/{slug}/change/, "
    "then the expected costs; that page warns of prices below them. You are told again once it has been as expected.",
)


@dataclass(frozen=True, slots=True)
class BookedImage:
    """A delivered image: what its call cost us in micro-dollars, and what it was."""

    cost: int
    width: int
    height: int
    quality: str
    references: int
    previews: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Micro-dollars of a model's last images together: as booked, and the least and the most that were expected."""

    booked: int
    least: Fraction
    most: Fraction

    @property
    def expected(self) -> Fraction:
        """The nearer end of what was expected."""
        return min(max(Fraction(self.booked), self.least), self.most)

    @property
    def is_off(self) -> bool:
        """Whether the cost leaves what was expected by more than is tolerated."""
        return abs(self.booked - self.expected) > TOLERATED * self.expected


def notify_operators() -> int:
    """Mail operators about each model that has left what is expected, once until it is back.

    Returns:
        The number of models told of.
    """
    told, now = 0, timezone.now()
    for slug, drift in measure().items():
        ModelHealth.objects.get_or_create(model_id=slug)
        mine = ModelHealth.objects.filter(model=slug)
        if not drift.is_off:
            mine.filter(cost_told_at__isnull=False).update(cost_told_at=None)
            continue
        with transaction.atomic():
            if mine.filter(cost_told_at=None).update(cost_told_at=now):
                booked, expected = drift.booked // IMAGES, round(drift.expected / IMAGES)
                people = recipients.operators()
                mail.post(DRIFT, people, model=slug, booked=str(booked), expected=str(expected))
                told += 1
    return told


def measure() -> dict[str, Drift]:
    """Compare the last images of each model that has made enough of them, in one query."""
    found: dict[str, list[BookedImage]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(sql.read("recent_costs"), {"images": IMAGES})
        for slug, *columns in cursor.fetchall():
            found[slug].append(BookedImage(*columns))
    costs = cache.load().costs
    measured = {slug: _drift(costs, slug, rows) for slug, rows in found.items() if len(rows) == IMAGES}
    return {slug: drift for slug, drift in measured.items() if drift.most > 0}


def _drift(costs: Costs, slug: str, rows: Iterable[BookedImage]) -> Drift:
    booked, least, most = 0, Fraction(0), Fraction(0)
    by_tokens = Unit.IMAGE_OUTPUT in costs.units.get(slug, {})
    for row in rows:
        pixels = row.width * row.height
        alone = costs.at_most(slug, row.quality, pixels)
        inputs = costs.at_most(slug, row.quality, pixels, row.references) - alone
        shaped = Fraction(alone) * (_tokens_of_shape(row) if by_tokens else 1)
        booked += row.cost
        least += shaped
        most += shaped + inputs + row.previews * previews.COST
    return Drift(booked, least, most)


def _tokens_of_shape(row: BookedImage) -> Fraction:
    """Return the tokens of an image as a part of those of the square that its size class is expected to cost."""
    pixels, most = row.width * row.height, CLASSES[size_class(row.width * row.height)]
    cells = Fraction(min(row.width, row.height), max(row.width, row.height))
    return cells * (TOKENS_FROM + pixels) / (TOKENS_FROM + most)


def _letter(model: str, booked: str, expected: str) -> Letter | None:
    """Build the letter, or return None if the model is back at what is expected."""
    health = ModelHealth.objects.filter(model=model, cost_told_at__isnull=False).first()
    if health is None:
        return None
    share = abs(int(booked) - int(expected)) * 100 / max(1, int(expected))
    known = {
        "model": ImageModel.objects.get(pk=model).label,
        "slug": model,
        "images": str(IMAGES),
        "percent": f"{share:.0f}",
        "more": "more" if int(booked) > int(expected) else "less",
        "booked": f"{int(booked) / MICROS:.2f}",
        "expected": f"{int(expected) / MICROS:.2f}",
    }
    return LETTER.filled(known)


WRITERS = {DRIFT: _letter}
