"""The catalog: models on offer, prices and tiers, read once every few seconds per process."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Workspace
from billing.models import PricingTier
from generation.catalog.prices import Price
from generation.catalog.provider_costs import Costs
from generation.errors import ModelUnavailable
from generation.models import (
    Cause,
    Circuit,
    CircuitState,
    HealthStatus,
    ImageModel,
    ModelHealth,
    ModelPrice,
    Pace,
    Stage,
)

MAX_AGE_SECONDS = 5.0
"""Seconds for which rows are cached: operators' changes, even a kill switch, take effect within them."""

_TIER = "SELECT billing_tier_slug(%s)"

OFFERED = (Stage.LIVE, Stage.DEPRECATED)
_DATED: Final = re.compile(r"(.+)-[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
"""A maker's id for a version of a day."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that operators edit about models.

    Attributes:
        models: by public id, in the order in which they are shown.
        prices: by (model, tier or None for the list prices), then by quality.
        costs: what providers charge.
        tiers: by slug.
        default_tier: of workspaces without a tier of their own.
        circuits: of providers that are not called at present, by slug.
        paces: rate limits of providers, by provider and model.
        read_at: when it was read, by the database's clock, and by this process's (`time.monotonic()`).
    """

    models: Mapping[str, ImageModel]
    prices: Mapping[tuple[str, str | None], Mapping[str, Price]]
    costs: Costs
    tiers: Mapping[str, PricingTier]
    default_tier: PricingTier
    circuits: Mapping[str, Circuit]
    paces: Mapping[tuple[str, str], Pace]
    read_at: tuple[datetime, float]

    def now(self) -> datetime:
        """Return the time by the database's clock, without asking it: circuits and pauses end by that one."""
        at, then = self.read_at
        return at + timedelta(seconds=time.monotonic() - then)

    def find(self, name: str) -> ImageModel | None:
        """Return the model with that public id or alias.

        Any dated id of a retired model is one of its ids: which ones its maker had is of no use any more.
        """
        found = self._named(name)
        if found is None and (dated := _DATED.fullmatch(name)):
            undated = self._named(dated[1])
            found = undated if undated and undated.stage() is Stage.RETIRED else None
        return found

    def _named(self, name: str) -> ImageModel | None:
        return self.models.get(name) or next(
            (model for model in self.models.values() if name in model.aliases), None
        )

    def offered(self) -> list[ImageModel]:
        """Return the models that take orders now."""
        return [model for model in self.models.values() if model.stage() in OFFERED]

    def default(self) -> ImageModel:
        """Return the model to use where none is chosen.

        Raises:
            ModelUnavailable: no model takes orders.
        """
        offered = self.offered()
        if not offered:
            raise ModelUnavailable("No model is available right now. Nothing was charged; try again later.")
        return next((model for model in offered if model.is_default), offered[0])

    def prices_of(self, model: ImageModel, tier: PricingTier) -> dict[str, Price]:
        """Return a model's prices by quality: the tier's own where it has them, else the list prices."""
        listed, own = self.prices.get((model.slug, None), {}), self.prices.get((model.slug, tier.slug), {})
        return {**listed, **own}

    def health(self, model: ImageModel) -> ModelHealth:
        """Return a model's health; unknown if it was never checked."""
        known: ModelHealth | None = getattr(model, "health", None)
        return known or ModelHealth(model=model)

    def status(self, model: ImageModel) -> str:
        """Return a model's health in a word; its stage where it takes no orders, since it is not called then."""
        stage = model.stage()
        return str(self.health(model).status if stage in OFFERED else stage)

    def is_shut(self, model: ImageModel) -> bool:
        """Return whether an order would be in vain: our key or this model is refused, or our funds ran out.

        Once it is time to find out whether that still holds, an order is taken.
        """
        if self.is_denied(model):
            return True
        circuit = self.circuits.get(model.provider_id)
        if circuit is None or circuit.cause not in {Cause.KEY, Cause.FUNDS} or circuit.probe_at is None:
            return False
        return circuit.probe_at > self.now()

    def is_denied(self, model: ImageModel) -> bool:
        """Return whether the provider denies us this model and it is not yet time to try again."""
        again_at = self.health(model).again_at
        return again_at is not None and again_at > self.now()

    def instead(self, model: ImageModel) -> ImageModel | None:
        """Return an alternative to a model that is down, by another provider if its own is not called."""
        up = [
            one
            for one in self.offered()
            if one.slug != model.slug
            and one.provider_id not in self.circuits
            and self.health(one).status != HealthStatus.DOWN
            and self.health(one).denied_at is None
        ]
        after = self.replacement(model)
        return after if after in up else next(iter(up), None)

    def replacement(self, model: ImageModel) -> ImageModel | None:
        """Return what replaces a retired model: the first in its chain of replacements that takes orders."""
        seen = {model.slug}
        while model.replacement_id and model.replacement_id not in seen:
            seen.add(model.replacement_id)
            model = self.models[model.replacement_id]
            if model.stage() in OFFERED:
                return model
        return None


@dataclass(slots=True)
class _CachedCatalog:
    """The cached catalog, and when it was read (monotonic seconds)."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Catalog | None = None
    read_at: float = 0.0


_kept = _CachedCatalog()


def load() -> Catalog:
    """Return the catalog, at most `MAX_AGE_SECONDS` seconds old; inside a transaction it is read afresh."""
    if connection.in_atomic_block:
        return _read()
    with _kept.lock:
        if _kept.value is None or time.monotonic() - _kept.read_at > MAX_AGE_SECONDS:
            _kept.value, _kept.read_at = _read(), time.monotonic()
        return _kept.value


def invalidate(**_: object) -> None:
    """Drop the cached catalog; connected to changes of the rows in this process."""
    with _kept.lock:
        _kept.value = None


def _read() -> Catalog:
    prices: dict[tuple[str, str | None], dict[str, Price]] = {}
    for row in ModelPrice.objects.order_by("model_id", "credits"):
        prices.setdefault((row.model_id, row.tier_id), {})[row.quality] = price_of(row)
    tiers = {tier.slug: tier for tier in PricingTier.objects.all()}
    default_tier = next((tier for tier in tiers.values() if tier.is_default), PricingTier(slug="", name=""))
    asked_at = timezone.now(), time.monotonic()
    rows = ImageModel.objects.select_related("provider", "health").annotate(read_at=Now())
    models = {model.slug: model for model in rows}
    read_at = next(((model.read_at, asked_at[1]) for model in models.values()), asked_at)
    circuits = {one.provider_id: one for one in Circuit.objects.exclude(state=CircuitState.CLOSED)}
    paces = {(one.provider_id, one.model_id): one for one in Pace.objects.all()}
    return Catalog(models, prices, Costs.read(), tiers, default_tier, circuits, paces, read_at)


def price_of(row: ModelPrice) -> Price:
    """Convert a row of the price table to what a quote takes."""
    return Price(
        credits=row.credits,
        steps=tuple(row.steps),
        per_megapixel=row.per_megapixel,
        edit_surcharge=row.edit_surcharge,
        free_references=row.free_references,
        references_per_credit=row.references_per_credit,
        reference_credits=row.reference_credits,
    )


def tier_of(workspace: Workspace, known: Catalog | None = None) -> PricingTier:
    """Return a workspace's tier, as `PricingTier.of` defines it: one query, without the ORM's cost."""
    with connection.cursor() as cursor:
        cursor.execute(_TIER, [workspace.pk])
        (slug,) = cursor.fetchone()
    catalog = known or load()
    return catalog.tiers.get(slug, catalog.default_tier)


def displayed_tier(request: HttpRequest, known: Catalog) -> PricingTier:
    """Return the tier whose prices a page shows: a member's own workspace's, or the default one."""
    workspace: Workspace | None = getattr(request, "workspace", None)
    return tier_of(workspace, known) if workspace else known.default_tier


def end_of(model: ImageModel) -> str:
    """Say how it ended, such as "was retired by its maker on 23 October 2026"."""
    if model.retired_at is None:
        return f"was retired by its maker {'without notice' if model.vanished_at else 'some time ago'}"
    if model.retired_at <= timezone.now():
        return f"was retired by its maker on {model.retired_at:%-d %B %Y}"
    if model.is_enabled:
        return "was retired by its maker without notice"
    return f"will be retired by its maker on {model.retired_at:%-d %B %Y} and is not offered here"
