"""The style editor: the form, the words that would be sent, the price of a test image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import Q

from accounts.models import Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from core.errors import Refusal
from generation.catalog.parameters import ImageParameters, style_defaults
from generation.catalog.sizes import ANY, AUTO, group, parse
from generation.models import Generation, ImageModel, ImageStatus, Source, Style, StyleVersion
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer, PreparedOrder
from generation.references import library
from generation.studio.chips import Chip
from generation.studio.choices import ANY_WORDS, Choice, ModelOffer, image_price, model_offer, quality_label
from generation.studio.style_form import StyleForm
from generation.styles import colors
from generation.styles import template as style_template
from generation.styles.template import TemplatePart


@dataclass(frozen=True, slots=True)
class SlotField:
    """A placeholder's row in the table."""

    name: str
    default: str
    required: bool
    is_prompt: bool


@dataclass(frozen=True)
class StyleEditor:
    """The editor for a form; `prepared` is None exactly if `refusal` says why nothing can be made.

    Attributes:
        form: the fields.
        style: the saved style, if it is.
        number: of the version that the form is based on; None if there is none.
        desk: prices and models.
        version: the version that would be used, not saved.
        references: those that the form names and the library has.
        balance: the workspace's.
        prepared: the test image.
        refusal: why it can't be made.
    """

    form: StyleForm
    style: Style | None
    number: int | None
    desk: OrderPreparer
    version: StyleVersion
    references: Sequence[Chip]
    balance: Balance
    prepared: PreparedOrder | None
    refusal: Refusal | None

    @property
    def next_number(self) -> int:
        """The number that the next saved version gets."""
        return (self.style.current.number or 0) + 1 if self.style and self.style.current else 1

    @property
    def slots(self) -> list[SlotField]:
        """The template's placeholders."""
        template, said = self.form.wording.template, self.form.wording.slots
        own = style_template.prompt_slot(template)
        return [
            SlotField(
                name,
                str(said.get(name, {}).get("default", "")),
                bool(said.get(name, {}).get("required")),
                is_prompt=name == own,
            )
            for name in style_template.slots(template)
        ]

    @property
    def slot_names(self) -> str:
        """The placeholders in one text, to tell whether the table still fits."""
        return " ".join(one.name for one in self.slots)

    @property
    def prompt_slot(self) -> str:
        """The placeholder that the prompt goes into."""
        return style_template.prompt_slot(self.form.wording.template) or style_template.PROMPT

    @property
    def template_pieces(self) -> list[TemplatePart]:
        """The template as written, in words and placeholders."""
        text, at, made = self.form.wording.template, 0, []
        for found in style_template.SLOT.finditer(text):
            made += [TemplatePart(text[at : found.start()]), TemplatePart(found[0], filled=True)]
            at = found.end()
        return [*made, TemplatePart(text[at:])]

    @property
    def sent(self) -> list[TemplatePart]:
        """The words that would be sent."""
        try:
            return style_template.render_parts(self.version, self.form.subject)
        except Refusal:
            return []

    @property
    def palette(self) -> list[tuple[str, str]]:
        """Colors with their names."""
        return [(one, colors.name(one)) for one in self.version.palette]

    @cached_property
    def model(self) -> ImageModel:
        """The model whose shapes and qualities are shown."""
        known = self.desk.catalog
        chosen = known.find(self.form.wording.model)
        return chosen if chosen in known.offered() else known.default()

    @property
    def offers(self) -> list[ModelOffer]:
        """The models to choose from."""
        known = self.desk.catalog
        return [
            model_offer(one, known.prices_of(one, self.desk.tier), known.find(self.form.wording.model))
            for one in known.offered()
        ]

    @property
    def shapes(self) -> list[Choice]:
        """The model's shapes, by the first size of each."""
        made = []
        for name, sizes in group(self.model.sizes).items():
            if name == ANY:
                continue
            width, height = parse(sizes[0]) or (0, 0)
            made.append(Choice(sizes[0], name, self.form.wording.size in sizes, width=width, height=height))
        return made

    @property
    def qualities(self) -> list[Choice]:
        """The model's qualities with the price of an image."""
        prices = self.desk.catalog.prices_of(self.model, self.desk.tier)
        parameters = ImageParameters.read({"size": self.form.wording.size})
        order = Order(
            ANY_WORDS, self.model.slug, parameters=parameters, references=tuple(self.version.references)
        )
        return [
            Choice(
                one,
                quality_label(one),
                one == self.form.wording.quality,
                image_price(
                    self.model,
                    replace(order, parameters=replace(parameters, quality=one)),
                    prices,
                ),
            )
            for one in self.model.qualities
        ]

    @property
    def backgrounds(self) -> list[Choice]:
        """The model's backgrounds."""
        return [
            Choice(one, one.capitalize(), one == self.form.wording.background)
            for one in self.model.backgrounds
            if one != AUTO
        ]

    @property
    def after(self) -> int:
        """Credits left after a test image."""
        return self.balance.available - (self.prepared.quote.credits if self.prepared else 0)

    @property
    def price_words(self) -> str:
        """The price in parts: "1, and 1 for references"."""
        # A single line needs no parts.
        if not self.prepared or len(self.prepared.quote.lines) < 2:  # noqa: PLR2004
            return "One image"
        first, *rest = self.prepared.quote.lines
        return ", ".join([str(first.credits), *(f"and {one.credits}: {one.label.lower()}" for one in rest)])

    @property
    def size_words(self) -> str:
        """Size and quality of the test image."""
        if not self.prepared:
            return ""
        ordered = self.prepared.order.parameters
        size = ordered.pixels
        shown = f"{size.width} \N{MULTIPLICATION SIGN} {size.height}" if size else "The model chooses"
        return f"{shown}, {ordered.quality}" if ordered.quality else shown

    @property
    def reference_words(self) -> str:
        """Number of references that are sent along."""
        return str(len(self.references) or "None")


def trial_order(version: StyleVersion, subject: str, desk: OrderPreparer) -> Order:
    """Build the order of one test image with the version's defaults.

    Raises:
        ModelUnavailable: no model takes orders.
    """
    return Order(
        prompt=subject,
        model=version.model or desk.catalog.default().slug,
        parameters=ImageParameters.read(style_defaults(version)),
        style_version=version.pk,
    )


def editor_for(
    workspace: Workspace, form: StyleForm, style: Style | None, *, number: int | None = None
) -> StyleEditor:
    """Build the editor for a form."""
    desk = OrderPreparer(workspace)
    wording = form.wording
    colorful = replace(wording, palette=[one for one in wording.palette if colors.HEX.fullmatch(one)])
    version = StyleVersion(
        style=style or Style(name=form.name),
        **{name: getattr(colorful, name) for name in wording.__slots__},
    )
    desk.lend(version)
    found = library.fetch(workspace, wording.references)
    prepared: PreparedOrder | None = None
    refusal: Refusal | None = None
    try:
        prepared = desk.prepare(trial_order(version, form.subject, desk))
    except Refusal as why:
        refusal = why
    return StyleEditor(
        form=form,
        style=style,
        number=number,
        desk=desk,
        version=version,
        references=[Chip(found[key]) for key in wording.references if key in found],
        balance=balance.for_workspace(workspace),
        prepared=prepared,
        refusal=refusal,
    )


def last_trial(workspace: Workspace, style: Style) -> Generation | None:
    """Return the newest generation of any version of a style that has an image, or is a running trial."""
    shown = Q(images__status=ImageStatus.STORED, images__deleted_at=None)
    awaited = Q(source=Source.TRIAL, finished_at=None)
    return (
        workspace.generations.filter(shown | awaited, style_version__style=style)
        .select_related("style_version")
        .order_by("-pk")
        .first()
    )
