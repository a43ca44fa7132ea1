"""What is wrong with a batch's rows, each with the control that mends it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from generation.batches.drafts import COLUMN
from generation.catalog.cache import Catalog
from generation.catalog.parameters import offered_by
from generation.catalog.sizes import ANY, group
from generation.models import BatchRow, ImageModel, Style
from generation.studio.choices import Choice, format_label, quality_label
from generation.styles.authoring import NONE

LABELS = {
    "prompt": "Prompt",
    "n": "Number of images",
    "model": "Model",
    "style": "Style",
    "size": "Shape",
    "quality": "Quality",
    "background": "Background",
    "output_format": "Format",
    "moderation": "Moderation",
    "seed": "Seed",
    "external_id": "Your id",
    "references": "Reference images",
}
"""What can be mended in place, in the order of the page."""
TYPED = frozenset({"seed", "external_id"})
"""What has no list to choose from."""
SAME = Choice("", "Same as the batch")
LONGEST = 40
KEPT = "kept"
"""The value of a choice that changes nothing."""


@dataclass(frozen=True, slots=True)
class RowFault:
    """Something that is wrong with a row.

    Attributes:
        message: what, in a sentence.
        control: textarea, select, number or text; empty for what can't be mended in the row.
        name: of the form's field.
        label: of the control.
        value: what the row says.
        nearest: a value that would do; empty if none is known.
        choices: of a select; the row's own value comes first, so that nothing changes unnoticed.
        most: the largest number.
    """

    message: str
    control: str = ""
    name: str = ""
    label: str = ""
    value: str = ""
    nearest: str = ""
    choices: Sequence[Choice] = field(default_factory=tuple)
    most: int = 0


@dataclass(frozen=True, slots=True)
class Controls:
    """What the rows of a batch can be set to."""

    known: Catalog
    model: ImageModel
    styles: Sequence[Style]
    most: int

    def faults(self, row: BatchRow) -> list[RowFault]:
        """Return what is wrong with a row, with the control for each."""
        order = list(LABELS)
        problems = sorted(
            row.problems, key=lambda one: order.index(one["param"]) if one["param"] in LABELS else len(order)
        )
        return [self._fault(row, **one) for one in problems]

    def _fault(self, row: BatchRow, param: str, message: str, nearest: str, slot: str) -> RowFault:
        if slot:
            value = str(row.overrides.get("columns", {}).get(slot, ""))
            return RowFault(message, "text", f"{COLUMN}{slot}", f"Words for {slot}", value)
        if param not in LABELS:
            return RowFault(message)
        label = LABELS[param]
        if param == "prompt":
            return RowFault(message, "textarea", param, label, row.prompt)
        value = str(row.overrides.get(param) or "")
        if param == "n":
            return RowFault(message, "number", param, label, value, most=self.most)
        if param in TYPED:
            return RowFault(message, "text", param, label, value)
        if param == "references":
            value = KEPT
        choices = [Choice(value, self._own(param, value)), SAME] if value else [SAME]
        return RowFault(
            message, "select", param, label, value, nearest, [*choices, *self._choices(row, param)]
        )

    @staticmethod
    def _own(param: str, value: str) -> str:
        shown = value if len(value) <= LONGEST else f"{value[:LONGEST]}…"
        return "As the row says" if param == "references" else f"“{shown}” can't be made"

    def _choices(self, row: BatchRow, param: str) -> list[Choice]:
        """Return the values that the row's model has."""
        model = self.known.find(str(row.overrides.get("model") or "").lower()) or self.model
        if param == "model":
            return [Choice(one.slug, one.label) for one in self.known.offered()]
        if param == "style":
            return [Choice(NONE, "No style"), *(Choice(one.public_id, one.name) for one in self.styles)]
        if param == "size":
            return [Choice(name, "Auto" if name == ANY else name) for name in group(model.sizes)]
        words = {"quality": quality_label, "output_format": format_label}.get(param, str.capitalize)
        return [
            Choice(one, words(one))
            for one in offered_by(model).get(param, model.qualities if param == "quality" else ())
        ]
