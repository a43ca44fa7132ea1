"""Preparation of orders: model, words, inputs and price are checked and fixed. Nothing is held."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q

from accounts.models import Workspace
from billing.errors import WorkspaceSuspended
from billing.models import PricingTier
from generation.catalog import cache, selection
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
        self._models: dict[tuple[str, bool], ImageModel] = {}
        self._prices: dict[str, dict[str, Price]] = {}
        self._versions: dict[uuid.UUID, StyleVersion] = {}
        self._references: dict[uuid.UUID, Reference] = {}

    @cached_property
    def catalog(self) -> Catalog:
        """The current models and prices."""
        return cache.load()

    @cached_property
    def tier(self) -> PricingTier:
        """The workspace's pricing tier."""
        return cache.tier_of(self.workspace, self.catalog)

    def prepare(self, order: Order, *, is_test: bool = False) -> PreparedOrder:
        """Check and price an order.

        Args:
            order: what is asked for.
            is_test: whether the sandbox makes it, at no cost.

        Raises:
            Refusal: the order can't be made, see `order.check`, `catalog.choose`, `inputs.match` and
                `style_template.render`.
        """
        model = self.model(order.model, is_test=is_test)
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
        return PreparedOrder(order, checked, model, version, pricing.free(quote) if is_test else quote)

    def freeze(self, order: Order, *, is_test: bool = False) -> Generation:
        """Build the generation of an order, not yet written.

        Raises:
            WorkspaceSuspended: for a test order; a paid one asks the ledger, which checks that as well.
            Refusal: as `prepare`.
        """
        prepared = self.prepare(order, is_test=is_test)
        if is_test and self.workspace.suspended_at:
            raise WorkspaceSuspended(
                "This workspace is suspended: you can view its images, but not make new ones. Nothing was charged. Please contact us."
            )
        return build_generation(self.workspace, prepared, is_test=is_test)

    def model(self, slug: str, *, is_test: bool = False) -> ImageModel:
        """Return the model that runs an order for `slug`, or that the sandbox stands in for.

        Raises:
            Refusal: as `catalog.choose`.
        """
        if (slug, is_test) not in self._models:
            self._models[slug, is_test] = selection.choose(
                self.workspace, slug, self.catalog, is_test=is_test
            )
        return self._models[slug, is_test]

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
                Q(workspace=self.workspace) | Q(workspace=None)
            )
            # A version that was used once may be used again, whatever became of its style.
            live = {"current_of__pk": wanted, "style__deleted_at": None}
            if (version := found.filter(**({"pk": wanted} if order.style_version else live)).first()) is None:
                raise StyleNotFound(
                    "There is no such style in this workspace. Nothing was charged; choose another.",
                    param="style",
                )
            self._versions[wanted] = version
        return self._versions[wanted]

    def know(self, the_styles: Iterable[Style], references: Iterable[uuid.UUID] = ()) -> None:
        """Prefetch what many orders will ask for: styles with their `current`, and references by id."""
        for style in the_styles:
            if style.current:
                style.current.style = style
                self._versions[style.pk] = style.current
        wanted = {*references, *(one for version in self._versions.values() for one in version.references)}
        self._references |= library.fetch(self.workspace, wanted - self._references.keys())

    def lend(self, version: StyleVersion) -> None:
        """Register a version that is not written yet, by its id, to say what it would send and cost."""
        self._versions[version.pk] = version

    def _found(self, order: Order) -> dict[uuid.UUID, Reference]:
        wanted = {*order.references, *([order.mask] if order.mask else [])}
        if missing := wanted - self._references.keys():
            self._references |= library.fetch(self.workspace, missing)
        return self._references

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


def build_generation(workspace: Workspace, prepared: PreparedOrder, *, is_test: bool) -> Generation:
    """Build a prepared order's generation, not yet written: later edits by operators don't change it."""
    asked, order, version = prepared.asked, prepared.order, prepared.version
    return Generation(
        workspace=workspace,
        is_test=is_test,
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


def quote_for(workspace: Workspace, order: Order, *, is_test: bool = False) -> Quote:
    """Return the price that `submit` would hold for the same order now.

    Raises:
        Refusal: whatever `submit` would refuse, apart from the balance.
    """
    return OrderPreparer(workspace).prepare(order, is_test=is_test).quote
