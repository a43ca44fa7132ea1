"""Preparation of orders: model, words, inputs and price are checked and fixed. Nothing is held."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q

from accounts.models import Workspace
from billing.models import PricingTier
from generation.catalog import cache, magic_words, selection
from generation.catalog.cache import Catalog
from generation.catalog.prices import Price
from generation.errors import InvalidOrder, StyleNotFound
from generation.models import Generation, ImageModel, Reference, Style, StyleVersion
from generation.orders import inputs, pricing
from generation.orders.order import Order, check, check_prompt
from generation.orders.pricing import Quote
from generation.references import library
from generation.styles import template


@dataclass(frozen=True, slots=True)
class PreparedOrder:
    """An order that can be made.

    Attributes:
        asked: as it was asked for.
        order: as it will be sent: with the style's words and references, size and quality resolved.
        model: the model that will run it.
        version: the version of the style, if there is one.
        quote: the price.
    """

    asked: Order
    order: Order
    model: ImageModel
    version: StyleVersion | None
    quote: Quote


class OrderPreparer:
    """Checks and prices a workspace's orders. What several orders share is read once."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._models: dict[str, ImageModel] = {}
        self._prices: dict[str, dict[str, Price]] = {}
        self._versions: dict[uuid.UUID, StyleVersion] = {}
        self._references: dict[uuid.UUID, Reference] = {}
        self._lent: set[uuid.UUID] = set()

    @cached_property
    def catalog(self) -> Catalog:
        """The current models and prices."""
        return cache.load()

    @cached_property
    def tier(self) -> PricingTier:
        """The workspace's pricing tier."""
        return cache.tier_of(self.workspace, self.catalog)

    def prepare(self, order: Order) -> PreparedOrder:
        """Check and price an order.

        Raises:
            Refusal: the order can't be made, see `order.check`, `catalog.choose`, `inputs.match`, `magic_words.check` and
                `style_template.render`.
        """
        if self.workspace.is_test:
            magic_words.check(order.prompt)
        model = self.model(order.model)
        version = self.version(order)
        if order.style_values and version is None:
            raise InvalidOrder(
                "style_values are words for a style's placeholders, and there is no style. Name one, or leave them out.",
                param="style_values",
            )
        dressed = _apply_style(order, version, model) if version else order
        checked = check(dressed, model, max_images=self.tier.images_per_request)
        inputs.match(checked, self._found(checked))
        quote = pricing.quote(model, checked, self._prices_of(model))
        return PreparedOrder(order, checked, model, version, quote)

    def freeze(self, order: Order) -> Generation:
        """Build the generation of an order, not yet written.

        Raises:
            Refusal: as `prepare`.
        """
        return build_generation(self.workspace, self.prepare(order))

    def model(self, slug: str) -> ImageModel:
        """Return the model that runs an order for `slug`, or that the sandbox stands in for.

        Raises:
            Refusal: as `catalog.choose`.
        """
        if slug not in self._models:
            self._models[slug] = selection.choose(self.workspace, slug, self.catalog)
        return self._models[slug]

    def version(self, order: Order) -> StyleVersion | None:
        """Return the version of the order's style, or None if it has no style.

        Raises:
            StyleNotFound: the style does not exist, belongs to another workspace, is deleted or a draft.
        """
        wanted = order.style_version or order.style
        if wanted is None:
            return None
        if wanted not in self._versions:
            found = StyleVersion.objects.select_related("style").filter(
                Q(workspace__in={self.workspace.pk, self.workspace.home_id}) | Q(workspace=None)
            )
            # A version that was used once may be used again, whatever became of its style.
            live = {"current_of__pk": wanted, "style__deleted_at": None}
            if (version := found.filter(**({"pk": wanted} if order.style_version else live)).first()) is None:
                raise StyleNotFound(
                    "There is no such style in this workspace. Nothing was charged; choose another.",
                    param="style",
                )
            self._keep(wanted, version)
        return self._versions[wanted]

    def know(self, the_styles: Iterable[Style], references: Iterable[uuid.UUID] = ()) -> None:
        """Prefetch what many orders will ask for: styles with their `current`, and references by id."""
        for style in the_styles:
            if style.current:
                style.current.style = style
                self._keep(style.pk, style.current)
        wanted = {*references, *(one for version in self._versions.values() for one in version.references)}
        self._fetch(wanted - self._references.keys())

    def lend(self, version: StyleVersion) -> None:
        """Register a version that is not written yet, by its id, to say what it would send and cost."""
        self._versions[version.pk] = version

    def _found(self, order: Order) -> dict[uuid.UUID, Reference]:
        wanted = {*order.references, *([order.mask] if order.mask else [])}
        self._fetch(wanted - self._references.keys())
        return self._references

    def _keep(self, key: uuid.UUID, version: StyleVersion) -> None:
        self._versions[key] = version
        if version.workspace_id not in {None, self.workspace.pk}:
            self._lent.update(version.references)

    def _fetch(self, wanted: set[uuid.UUID]) -> None:
        """Read references: those of the workspace, and those that styles of the live workspace lend its test world."""
        self._references |= library.fetch(self.workspace.pk, wanted - self._lent)
        self._references |= library.fetch(self.workspace.home_id, wanted & self._lent)

    def _prices_of(self, model: ImageModel) -> dict[str, Price]:
        if model.slug not in self._prices:
            self._prices[model.slug] = self.catalog.prices_of(model, self.tier)
        return self._prices[model.slug]


def _apply_style(order: Order, version: StyleVersion, model: ImageModel) -> Order:
    """Apply a style: the words that are sent, and the style's references behind the person's own."""
    check_prompt(order.prompt)
    if order.mask and not order.references:
        raise InvalidOrder("A mask needs the image it is for as the first reference.", param="mask")
    together = (*order.references, *version.references)
    if version.references and len(together) > model.max_references:
        takes = f"takes at most {model.max_references}" if model.max_references else "takes none"
        raise InvalidOrder(
            f"The style {version.style.name} adds {len(version.references)} reference images, and {model.label}"
            f" {takes} in total. Choose another model or style.",
            param="style",
        )
    words = template.render(version, order.prompt, dict(order.style_values))
    return replace(order, prompt=words, references=together)


def build_generation(workspace: Workspace, prepared: PreparedOrder) -> Generation:
    """Build a prepared order's generation, not yet written: later edits by operators don't change it."""
    asked, order, version = prepared.asked, prepared.order, prepared.version
    return Generation(
        workspace=workspace,
        is_test=workspace.is_test,
        requested_model=asked.model,
        model=prepared.model,
        prompt=asked.prompt,
        sent_prompt=order.prompt,
        count=order.n,
        **order.parameters.columns(),
        references=list(order.references),
        mask=order.mask,
        style_version=version,
        style_values=dict(asked.style_values) if version else {},
        style_references=len(version.references) if version else 0,
        external_id=asked.external_id,
        metadata=dict(asked.metadata),
        quote=prepared.quote.as_json(),
        credits=prepared.quote.credits,
    )


def quote_for(workspace: Workspace, order: Order) -> Quote:
    """Return the price that `submit` would hold for the same order now.

    Raises:
        Refusal: whatever `submit` would refuse, apart from the balance.
    """
    return OrderPreparer(workspace).prepare(order).quote
