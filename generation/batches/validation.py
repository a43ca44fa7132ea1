"""Validation of a batch's rows: each gets its price, or a sentence that says why it can't be made."""

import json
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.db.models import Q

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
from generation.styles import template

NONE = "none"
"""The name that a row or a batch gives to order without a style."""
_CHECKED = """
    UPDATE generation_batchrow AS one
    SET count = checked.count, credits = checked.credits, quality = checked.quality, error = checked.error,
        param = checked.param, nearest = checked.nearest
    FROM jsonb_to_recordset(%s::jsonb) AS checked (
        id uuid, count integer, credits integer, quality text, error text, param text, nearest text
    )
    WHERE one.id = checked.id
"""
_FOUND = ("count", "credits", "quality", "error", "param", "nearest")


class Checker:
    """Checks rows under their shared settings; a thousand rows cost as many queries as one.

    Args:
        workspace: the owner of the rows.
        common: the batch's settings: model, style, n and the image parameters `IN_BATCHES` as text,
            references as public ids, style_values as a mapping. What is missing or empty falls back to the
            style's or the product's default.
        is_test: whether the images are free of charge.
    """

    def __init__(self, workspace: Workspace, common: Mapping[str, Any], *, is_test: bool = False) -> None:
        self.workspace = workspace
        self.common = common
        self.is_test = is_test
        self.desk = OrderPreparer(workspace)
        known = (
            Style.objects.filter(Q(workspace=workspace) | Q(workspace=None), deleted_at=None)
            .exclude(current=None)
            .select_related("current")
            # A workspace's own styles come first and win over a preset of the same name.
            .order_by("workspace_id")
        )
        self._styles: dict[str, Style] = {}
        for style in known:
            for name in (style.public_id, str(style.pk), style.name.lower()):
                self._styles.setdefault(name, style)
        self._models = {model.label.lower(): slug for slug, model in self.desk.catalog.models.items()}
        self.used_columns: set[str] = set()

    def check(self, rows: Iterable[BatchRow]) -> dict[uuid.UUID, PreparedOrder]:
        """Write the result onto each row, and return what can be made, by the row's id.

        Sets `count`, `credits` and `quality`, or `error`, `param` and `nearest`, on the instances; see
        `save`.
        """
        rows = list(rows)
        self.desk.know(set(self._styles.values()), self._references(rows))
        return {row.pk: prepared for row in rows if (prepared := self._check(row))}

    def _check(self, row: BatchRow) -> PreparedOrder | None:
        row.error = row.param = row.nearest = ""
        row.credits = None
        try:
            prepared = self.desk.prepare(self.order(row.prompt, row.overrides), is_test=self.is_test)
        except Refusal as refusal:
            row.error, row.param = _sentence(refusal, row), refusal.param or ""
            row.nearest = str(refusal.extra.get("nearest", ""))[:60]
            row.quality = str(row.overrides.get("quality", ""))[:10]
            return None
        row.count, row.credits = prepared.order.n, prepared.quote.credits
        row.quality = prepared.order.parameters.quality
        return prepared

    def order(self, prompt: str, overrides: Mapping[str, Any]) -> Order:
        """Build the order of a row.

        Raises:
            Refusal: a field holds a value that is not of its kind.
        """
        if marks := overrides.get(SURPLUS):
            raise InvalidOrder(
                f"This row has more cells than the table has columns. Quote the {marks} in the file, or look at the "
                "prompt as it was read and check it again.",
                param="prompt",
            )
        style = self._style(overrides)
        version = style.current if style else None
        name = self._model(overrides, version)
        model = self.desk.model(name, is_test=self.is_test)

        return Order(
            prompt=prompt,
            model=name,
            n=_number(overrides.get("n") or self.common.get("n") or 1),
            parameters=self._parameters(overrides, version, model),
            references=_reference_ids(overrides.get("references") or self.common.get("references") or ()),
            style=style.pk if style else None,
            style_values=self._values(overrides, version) if version else (),
        )

    def _parameters(
        self, overrides: Mapping[str, Any], version: StyleVersion | None, model: ImageModel
    ) -> ImageParameters:
        texts = style_defaults(version)
        for name in IN_BATCHES:
            said = (one for one in (overrides.get(name), self.common.get(name)) if one not in ("", None))
            if text := PARAMETERS[name].from_cell(str(next(said, ""))):
                texts[name] = text
        return ImageParameters.read({**texts, "size": size_for(texts.get("size", ""), model)})

    def _model(self, overrides: Mapping[str, Any], version: StyleVersion | None) -> str:
        """Return the id of the requested model.

        The model that runs may be another one: one that has this id as an alias, or that replaces it.
        """
        said = str(overrides.get("model") or self.common.get("model") or "").strip()
        asked = self._models.get(said.lower(), said.lower()) or (version.model if version else "")
        return asked or self.desk.catalog.default().slug

    def _style(self, overrides: Mapping[str, Any]) -> Style | None:
        said = str(overrides.get("style") or self.common.get("style") or "").strip()
        if not said or said.lower() == NONE:
            return None
        style = self._styles.get(said) or self._styles.get(said.lower())
        if style is None:
            raise StyleNotFound(
                f"There is no style “{said[:60]}” in this workspace. Choose another one.", param="style"
            )
        return style

    def _values(self, overrides: Mapping[str, Any], version: StyleVersion) -> tuple[tuple[str, str], ...]:
        own = template.prompt_slot(version.template)
        open_slots = [name for name in template.slots(version.template) if name != own]
        columns: Mapping[str, str] = overrides.get("columns", {})
        self.used_columns.update(name for name in columns if name in open_slots)
        values = {
            **self.common.get("style_values", {}),
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


def _reference_ids(named: Iterable[Any]) -> tuple[uuid.UUID, ...]:
    return tuple(ids.parse("rfe", str(one)) or ids.NOBODY for one in named)


def _number(value: Any) -> int:
    found = parsing.number(str(value).strip(), least=-parsing.MOST)
    if found is None:
        raise InvalidOrder("The number of images must be a whole number.", param="n")
    return found


def _sentence(refusal: Refusal, row: BatchRow) -> str:
    """Word the refusal for a single row: the rest of the batch is not affected."""
    if refusal.param == "prompt" and not row.prompt.strip():
        return "The prompt is empty. Write one or leave the row out."
    return refusal.detail.replace(" Nothing was charged.", "").replace("; nothing was charged", "")
