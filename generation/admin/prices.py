"""Prices and costs of a model, edited on its page: a change below cost is warned of before it is saved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.forms import BaseInlineFormSet, inlineformset_factory
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin.audited import IN_SPITE, refuse_below_cost
from billing.plans import net
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.catalog.prices import Price
from generation.catalog.provider_costs import ExpectedCostRates
from generation.models import ExpectedCost, ImageModel, ModelPrice, UnitCost
from generation.orders import margins
from generation.orders.margins import Sale
from generation.reporting.costs import MICROS

COSTS = ("quality", "pixels", "cost", "edit_cost", "reference_cost")
EXPECTED = "expected_costs"
"""Prefix of the forms of expected costs on the page."""


@dataclass(frozen=True, slots=True)
class Loss:
    """A price row, by its quality and tier, that sells an image below its cost where a credit brings `net`."""

    quality: str
    tier: str | None
    net: int
    worst: Sale

    def __str__(self) -> str:
        name = ", ".join(filter(None, (self.quality, self.tier and f"tier {self.tier}")))
        return f"{name}{': ' if name else ''}{_words(self.worst, self.net)}"


class PriceFormSet(BaseInlineFormSet):
    """A model's prices, which warn where one becomes lower than what its images are expected to cost."""

    def clean(self) -> None:
        """Compare all prices on the page with the costs on the page, saved or not.

        Raises:
            ValidationError: its messages are the rows that would lose money, and did not so far.
        """
        super().clean()
        if any(self.errors) or self.data.get(IN_SPITE):
            return
        known, model = cache.load(), self.instance
        prices = {
            (form.instance.quality, form.instance.tier_id): cache.price_of(form.instance)
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        }
        costs = {**known.costs.expected, **self._expected(known)}
        changed = replace(known, costs=replace(known.costs, expected=costs))
        before = set(_losses(known, known.models.get(model.pk), _saved(known, model.pk)))
        found = [one for one in _losses(changed, model, prices) if one not in before]
        if found:
            refuse_below_cost(["These prices would be below what an image costs us:", *map(str, found)])

    def _expected(self, known: Catalog) -> Mapping[tuple[str, str], Mapping[int, ExpectedCostRates]]:
        """Return the model's expected costs as they stand on the page; those saved if the page has none."""
        factory = inlineformset_factory(ImageModel, ExpectedCost, fields=COSTS)
        rows = factory(self.data, instance=self.instance, prefix=EXPECTED)
        slug = self.instance.pk
        if not rows.management_form.is_valid() or not rows.is_valid():
            return {}
        found: dict[tuple[str, str], dict[int, ExpectedCostRates]] = {
            key: {} for key in known.costs.expected if key[0] == slug
        }
        for form in rows.forms:
            row = form.cleaned_data
            if row and not row.get("DELETE"):
                rates = ExpectedCostRates(row["cost"], row["edit_cost"], row["reference_cost"])
                found.setdefault((slug, row["quality"]), {})[row["pixels"]] = rates
        return {key: by_size for key, by_size in found.items() if by_size}


class PriceInline(TabularInline):
    """Prices of a model, each with whether it covers the cost."""

    model = ModelPrice
    formset = PriceFormSet
    extra = 0
    fields = (
        "quality", "tier", "credits", "steps", "per_megapixel", "edit_surcharge", "free_references",
        "references_per_credit", "reference_credits", "margin",
    )  # fmt: skip
    readonly_fields = ("margin",)

    @display(description="Beside the cost")
    def margin(self, obj: ModelPrice) -> str:
        """Warn where the row sells an image below its expected cost."""
        known = cache.load()
        model = known.models.get(obj.model_id or "")
        # Read the saved price: the values in a rejected form may make no sense at all.
        price = known.prices.get((obj.model_id, obj.tier_id), {}).get(obj.quality)
        if model is None or price is None or (model.slug, obj.quality) not in known.costs.expected:
            return "Not known"
        brings = _net(obj.tier_id)
        worst = margins.below_cost(known, model, obj.quality, price, brings)
        return f"Below it: {_words(worst, brings)}" if worst else "Covers it"


class ExpectedCostInline(TabularInline):
    """What an image is expected to cost us."""

    model = ExpectedCost
    extra = 0
    fields = COSTS


class UnitCostInline(TabularInline):
    """What the provider charges us."""

    model = UnitCost
    extra = 0
    fields = ("unit", "cost")


def _losses(
    known: Catalog, model: ImageModel | None, prices: Mapping[tuple[str, str | None], Price]
) -> Iterator[Loss]:
    if model is None:
        return
    for (quality, tier), price in prices.items():
        brings = _net(tier)
        worst = margins.below_cost(known, model, quality, price, brings)
        if worst:
            yield Loss(quality, tier, brings, worst)


def _saved(known: Catalog, slug: Any) -> Mapping[tuple[str, str | None], Price]:
    return {
        (quality, tier): price
        for (model, tier), by_quality in known.prices.items()
        if model == slug
        for quality, price in by_quality.items()
    }


def _net(tier: str | None) -> int:
    """Return what a credit brings in: in a tier with packs of its own the least of them, else the usual."""
    brings = net.of_tier(tier) if tier else None
    return margins.NET if brings is None else min(brings, margins.NET)


def _words(sale: Sale, brings: int) -> str:
    return (
        f"{sale.size} with {sale.references} references sells for {sale.credits * brings / MICROS:.1f} ¢"
        f" and costs {sale.cost / MICROS:.1f} ¢"
    )
