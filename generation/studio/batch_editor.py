"""The page of a new batch: its settings, its rows with their errors, and the price."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import QueryDict

from accounts.models import Workspace
from billing.ledger import balance
from billing.ledger.balance import Balance
from core.database import keyset
from generation.catalog import cache
from generation.catalog.cache import Catalog
from generation.catalog.parameters import IN_STUDIO, offered_by
from generation.catalog.sizes import ANY, AUTO, group, parse
from generation.models import Batch, BatchRow, ImageModel, Style
from generation.studio.batch_faults import Controls
from generation.studio.choices import Choice, ModelOffer, format_label, model_offer, quality_label
from generation.styles.queries import StyleCard, choices, style_cards

SHOWN = 50
FORM = ("model", "style", "n", *IN_STUDIO)
"""The settings that have controls on the page."""
MOST_EACH = 4


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of the receipt."""

    words: str
    credits: int


@dataclass(frozen=True)
class BatchEditor:
    """The page of a draft, or of a batch that has no rows yet (`batch` is None)."""

    batch: Batch | None
    common: Mapping[str, Any]
    known: Catalog
    offers: Sequence[ModelOffer]
    model: ImageModel
    styles: Sequence[Style]
    face: StyleCard | None
    balance: Balance
    most: int

    @property
    def chosen(self) -> ModelOffer | None:
        """The chosen model as the menu shows it."""
        return next((one for one in self.offers if one.chosen), None)

    @property
    def style(self) -> Style | None:
        """The style that is applied to every row."""
        return self.face.style if self.face else None

    @property
    def shapes(self) -> list[Choice]:
        """The model's shapes."""
        said = str(self.common.get("size") or ANY)
        made = []
        for name, of in group(self.model.sizes).items():
            width, height = parse(of[0]) or (0, 0)
            made.append(
                Choice(name, "Auto" if name == ANY else name, name == said, width=width, height=height)
            )
        return made

    @property
    def qualities(self) -> list[Choice]:
        """The model's qualities."""
        said = self.common.get("quality") or self.model.default_quality
        return [Choice(one, quality_label(one), one == said) for one in self.model.qualities]

    @property
    def backgrounds(self) -> list[Choice]:
        """The model's backgrounds."""
        said = self.common.get("background") or AUTO
        return [Choice(one, one.capitalize(), one == said) for one in self.model.backgrounds]

    @property
    def formats(self) -> list[Choice]:
        """The model's file formats."""
        said = self.common.get("output_format") or "png"
        return [Choice(one, format_label(one), one == said) for one in self.model.formats]

    @property
    def counts(self) -> list[Choice]:
        """The choices for images per row."""
        said = str(self.common.get("n") or 1)
        return [Choice(str(n), str(n), str(n) == said) for n in range(1, MOST_EACH + 1)]

    @cached_property
    def figures(self) -> dict[str, int]:
        """Numbers of rows (all, ready, faulty, left out), and the price of the ready ones."""
        if self.batch is None:
            return {"all": 0, "ready": 0, "faulty": 0, "out": 0, "credits": 0}
        ready = Q(error="", is_left_out=False)
        found: dict[str, int] = self.batch.rows.aggregate(
            all=Count("pk"),
            ready=Count("pk", filter=ready),
            faulty=Count("pk", filter=~Q(error="") & Q(is_left_out=False)),
            out=Count("pk", filter=Q(is_left_out=True)),
            credits=Sum("credits", filter=ready, default=0),
        )
        return found

    @property
    def receipt(self) -> list[ReceiptLine]:
        """The price in lines: rows of each quality, then rows left out."""
        if self.batch is None:
            return []
        ready = self.batch.rows.filter(error="", is_left_out=False).values("quality").order_by("quality")
        lines = [
            ReceiptLine(
                f"{_rows(one['rows'])}{', ' + one['quality'] if one['quality'] else ''}", one["credits"] or 0
            )
            for one in ready.annotate(rows=Count("pk"), credits=Sum("credits"))
        ]
        behind = self.figures["faulty"] + self.figures["out"]
        return [*lines, ReceiptLine(f"{_rows(behind)} left out", 0)] if behind else lines

    @property
    def after(self) -> int:
        """Credits left after the batch."""
        return self.balance.available - self.figures["credits"]

    @property
    def short(self) -> int:
        """Missing credits; 0 if there are enough."""
        return max(0, -self.after)

    @property
    def faulty(self) -> Sequence[BatchRow]:
        """The first rows that can't be made."""
        if self.batch is None:
            return []
        return list(map(self.mendable, self.batch.rows.exclude(error="").filter(is_left_out=False)[:SHOWN]))

    def mendable(self, row: BatchRow) -> BatchRow:
        """Give a row the controls that mend what is wrong with it."""
        controls = Controls(self.known, self.model, self.styles, min(self.most, self.model.max_images))
        row.shown_faults = controls.faults(row)  # type: ignore[attr-defined]
        return row

    @property
    def unused(self) -> str:
        """Columns of the file that have no meaning here."""
        return ", ".join(self.batch.notes) if self.batch else ""


def batch_editor(workspace: Workspace, batch: Batch | None = None) -> BatchEditor:
    """Build the page of a draft, or of a new batch."""
    known, tier = cache.load(), cache.tier_of(workspace)
    common = batch.common if batch else {}
    model = known.find(str(common.get("model") or ""))
    if model is None or model not in known.offered():
        model = known.default()
    offered = choices(workspace)
    style = next((one for one in offered if one.public_id == common.get("style")), None)
    return BatchEditor(
        batch=batch,
        common=common,
        known=known,
        offers=[model_offer(one, known.prices_of(one, tier), model) for one in known.offered()],
        model=model,
        styles=offered,
        face=style_cards(workspace, [style])[0] if style else None,
        balance=balance.for_workspace(workspace),
        most=tier.images_per_request,
    )


def read_settings(form: QueryDict) -> dict[str, str]:
    """Read the settings from the page's form; values that the model can't do fall back to its defaults."""
    said = {name: str(form[name])[:60] for name in FORM if name in form}
    model = cache.load().find(said.get("model", ""))
    if model:
        allowed = {"size": group(model.sizes), "quality": model.qualities, **offered_by(model)}
        for name, values in allowed.items():
            if said.get(name) and said[name] not in values:
                said[name] = ""
    return said


def page_of(batch: Batch, after: int) -> tuple[Sequence[BatchRow], int]:
    """Return a page of the rows that can be made or are left out, from a position on.

    Returns:
        The rows, and the position to continue after; 0 at the end.
    """
    found = batch.rows.filter(Q(error="") | Q(is_left_out=True), position__gt=after)
    page = keyset.cut(found, SHOWN)
    return page.rows, page.last.position if page.last else 0


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number:,} rows"
