"""Validation of a batch's rows: each gets its price, or a sentence that says why it can't be made."""

import json
import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db import connection

from accounts.models import Workspace
from core import ids
from core.errors import Refusal
from core.inputs import parsing
from generation.batches.parsing import SURPLUS
from generation.batches.sizes import size_for
from generation.catalog.parameters import IN_BATCHES, PARAMETERS, ImageParameters, style_defaults
from generation.errors import InvalidOrder, StyleNotFound
from generation.models import BatchRow, ImageModel, Style, StyleVersion
from generation.orders.order import Order
from generation.orders.preparation import OrderPreparer, PreparedOrder
from generation.styles import queries, template
from generation.styles.authoring import NONE

_CHECKED = """
    UPDATE generation_batchrow AS one
    SET count = checked.count, credits = checked.credits, quality = checked.quality, error = checked.error,
        param = checked.param, nearest = checked.nearest, faults = checked.faults
    FROM jsonb_to_recordset(%s::jsonb) AS checked (
        id uuid, count integer, credits integer, quality text, error text, param text, nearest text,
        faults jsonb
    )
    WHERE one.id = checked.id
"""
_FOUND = ("count", "credits", "quality", "error", "param", "nearest", "faults")
_ZEROS = re.compile(r"[.,]0{1,2}\Z", re.ASCII)
_PLACEHOLDER = "x"
"""Stands in for a prompt that is wrong, to find what else is."""
_MODEL_DEPENDENT = frozenset(IN_BATCHES)


class Checker:
    """Checks rows under their shared settings; a thousand rows cost as many queries as one.

    Args:
        workspace: the owner of the rows.
        common: the batch's settings: model, style, n and the image parameters `IN_BATCHES` as text,
            references as public ids, style_values as a mapping. What is missing or empty falls back to the
            style's or the product's default.
    """

    def __init__(self, workspace: Workspace, common: Mapping[str, Any]) -> None:
        self.workspace = workspace
        self.common = common
        self.desk = OrderPreparer(workspace)
        known = (
            queries.visible(workspace)
            .exclude(current=None)
            .select_related("current")
            .order_by("workspace_id")
        )
        self._styles: dict[str, Style] = {}
        # Of styles with the same name a workspace's own comes first, and presets last.
        for style in sorted(known, key=lambda one: (one.is_preset, one.workspace_id != workspace.pk)):
            for name in (style.public_id, str(style.pk), style.name.lower()):
                self._styles.setdefault(name, style)
        self._models = {model.label.lower(): slug for slug, model in self.desk.catalog.models.items()}
        self.used_columns: set[str] = set()

    def check(self, rows: Iterable[BatchRow]) -> dict[uuid.UUID, PreparedOrder]:
        """Write the result onto each row, and return what can be made, by the row's id.

        Sets `count`, `credits` and `quality`, or `error`, `param`, `nearest` and `faults`, on the instances;
        see `save`.
        """
        rows = list(rows)
        self.desk.know(set(self._styles.values()), self._references(rows))
        return {row.pk: prepared for row in rows if (prepared := self._check(row))}

    def _check(self, row: BatchRow) -> PreparedOrder | None:
        row.error = row.param = row.nearest = ""
        row.faults, row.credits = [], None
        try:
            prepared = self.desk.prepare(self.order(row.prompt, row.overrides))
        except Refusal as refusal:
            row.faults = [_fault(one, row) for one in self._refusals(row, refusal)]
            row.error = " ".join(fault["message"] for fault in row.faults)
            row.param, row.nearest = row.faults[0]["param"], row.faults[0]["nearest"]
            row.quality = str(row.overrides.get("quality", ""))[:10]
            return None
        row.count, row.credits = prepared.order.n, prepared.quote.credits
        row.quality = prepared.order.parameters.quality
        return prepared

    def _refusals(self, row: BatchRow, first: Refusal) -> list[Refusal]:
        """Find all that is wrong with a row: what was refused is left out, until the rest could be made."""
        found: dict[str, Refusal] = {}
        refusal: Refusal | None = first
        while refusal and (param := refusal.param or "") not in found:
            found[param] = refusal
            refusal = self._refusal_without(row, found.keys())
        if "model" in found:
            # Which values there are depends on the model: one that some model takes may be right for the one meant.
            found = {param: one for param, one in found.items() if not self._may_be_right(row, param)}
        return list(found.values())

    def _refusal_without(self, row: BatchRow, params: Collection[str]) -> Refusal | None:
        prompt = _PLACEHOLDER if "prompt" in params else row.prompt
        dropped = {*params, *({SURPLUS} if "prompt" in params else ()), *_about_styles(params)}
        overrides = {name: said for name, said in row.overrides.items() if name not in dropped}
        common = {name: said for name, said in self.common.items() if name not in dropped}
        try:
            self.desk.prepare(self.order(prompt, overrides, common))
        except Refusal as refusal:
            return refusal
        return None

    def _may_be_right(self, row: BatchRow, param: str) -> bool:
        if param not in _MODEL_DEPENDENT:
            return False
        text = str(row.overrides.get(param) or self.common.get(param) or "")
        return any(_takes(model, param, text) for model in self.desk.catalog.offered())

    def order(
        self, prompt: str, overrides: Mapping[str, Any], common: Mapping[str, Any] | None = None
    ) -> Order:
        """Build the order of a row; `common` stands in for the batch's settings.

        Raises:
            Refusal: a field holds a value that is not of its kind.
        """
        if marks := overrides.get(SURPLUS):
            raise InvalidOrder(
                f"This row has more cells than the table has columns. Quote the {marks} in the file, or look at the "
                "prompt as it was read and check it again.",
                param="prompt",
            )
        common = self.common if common is None else common
        style = self._style(overrides, common)
        version = style.current if style else None
        name = self._model(overrides, common, version)
        model = self.desk.model(name)

        return Order(
            prompt=prompt,
            model=name,
            n=_number(_said("n", overrides, common, 1)),
            parameters=self._parameters(overrides, common, version, model),
            references=_reference_ids(_said("references", overrides, common, ())),
            style=style.pk if style else None,
            external_id=str(overrides.get("external_id") or ""),
            # The batch's are for those of its rows that have a style.
            style_values=self._values(overrides, common, version)
            if version
            else tuple(overrides.get("style_values", {}).items()),
        )

    @staticmethod
    def _parameters(
        overrides: Mapping[str, Any],
        common: Mapping[str, Any],
        version: StyleVersion | None,
        model: ImageModel,
    ) -> ImageParameters:
        texts = style_defaults(version)
        for name in IN_BATCHES:
            said = (one for one in (overrides.get(name), common.get(name)) if one not in ("", None))
            if text := PARAMETERS[name].from_cell(str(next(said, ""))):
                texts[name] = text
        return ImageParameters.read({**texts, "size": size_for(texts.get("size", ""), model)})

    def _model(
        self, overrides: Mapping[str, Any], common: Mapping[str, Any], version: StyleVersion | None
    ) -> str:
        """Return the id of the requested model.

        The model that runs may be another one: one that has this id as an alias, or that replaces it.
        """
        said = str(overrides.get("model") or common.get("model") or "").strip()
        asked = self._models.get(said.lower(), said.lower()) or (version.model if version else "")
        return asked or self.desk.catalog.default().slug

    def _style(self, overrides: Mapping[str, Any], common: Mapping[str, Any]) -> Style | None:
        said = str(overrides.get("style") or common.get("style") or "").strip()
        if not said or said.lower() == NONE:
            return None
        style = self._styles.get(said) or self._styles.get(said.lower())
        if style is None:
            raise StyleNotFound(
                f"There is no style “{said[:60]}” in this workspace. Choose another one.", param="style"
            )
        return style

    def _values(
        self, overrides: Mapping[str, Any], common: Mapping[str, Any], version: StyleVersion
    ) -> tuple[tuple[str, str], ...]:
        own = template.prompt_slot(version.template)
        open_slots = [name for name in template.slots(version.template) if name != own]
        columns: Mapping[str, str] = overrides.get("columns", {})
        self.used_columns.update(name for name in columns if name in open_slots)
        values = {
            **common.get("style_values", {}),
            **{name: words for name, words in columns.items() if name in open_slots},
            **overrides.get("style_values", {}),
        }
        return tuple((name, str(words)) for name, words in values.items())

    def _references(self, rows: Iterable[BatchRow]) -> set[uuid.UUID]:
        named = [
            self.common.get("references") or (),
            *(row.overrides.get("references") or () for row in rows),
        ]
        return {key for one in named for key in _reference_ids(one)}


def save(rows: Iterable[BatchRow]) -> None:
    """Write what `Checker.check` found, in one statement."""
    found = [{"id": str(row.pk), **{name: getattr(row, name) for name in _FOUND}} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_CHECKED, [json.dumps(found)])


def _said(name: str, overrides: Mapping[str, Any], common: Mapping[str, Any], default: Any) -> Any:
    """Return what the row says, or else the batch: an empty cell says nothing, a zero or an empty list does."""
    return next((one[name] for one in (overrides, common) if one.get(name) not in (None, "")), default)


def _reference_ids(named: Iterable[Any]) -> tuple[uuid.UUID, ...]:
    return tuple(ids.parse("rfe", str(one)) or ids.NOBODY for one in named)


def _about_styles(params: Collection[str]) -> set[str]:
    """Return both settings about the style if one of them is wrong: neither says anything without the other."""
    about = {"style", "style_values"}
    return about if about & set(params) else set()


def _takes(model: ImageModel, param: str, text: str) -> bool:
    """Return whether a model takes this value of a parameter."""
    text = PARAMETERS[param].from_cell(text)
    try:
        size = size_for(text, model) if param == "size" else text
        ImageParameters.read({param: size}).checked(model)
    except Refusal:
        return False
    return True


def _number(value: Any) -> int:
    # Spreadsheets write whole numbers as 2.0, or 2,0 where that is the custom.
    text = _ZEROS.sub("", str(value).strip())
    found = parsing.number(text, least=-parsing.MOST)
    if found is None:
        raise InvalidOrder("The number of images must be a whole number.", param="n")
    return found


def _fault(refusal: Refusal, row: BatchRow) -> dict[str, str]:
    return {
        "param": refusal.param or "",
        "message": _sentence(refusal, row),
        "nearest": str(refusal.extra.get("nearest", ""))[:60],
        "slot": str(refusal.extra.get("slot", "")),
    }


def _sentence(refusal: Refusal, row: BatchRow) -> str:
    """Word the refusal for a single row: the rest of the batch is not affected."""
    if refusal.param == "prompt" and not row.prompt.strip():
        return "The prompt is empty. Write one or leave the row out."
    return refusal.detail.replace(" Nothing was charged.", "").replace("; nothing was charged", "")
