"""Rows about money that operators maintain: a change has a reason, and the audit trail keeps old and new values."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.options import ActionLocation
from django.contrib.admin.utils import NestedObjects
from django.core.exceptions import ValidationError
from django.db import models, router
from django.forms.models import BaseModelFormSet, _get_foreign_key
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts import audit
from accounts.admin_base import ReadOnlyInline, ReasonForm

REASON, IN_SPITE = "reason", "in_spite_of_warning"
type Row = tuple[type[models.Model], Any]
type Values = dict[str, Any]
type Snapshot = Mapping[Row, Values]


class AuditedForm(forms.ModelForm):
    """A row's form with the reason for its change.

    Attributes:
        before: the row and those edited with it as they were, set as soon as the form is saved.
    """

    reason = forms.CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Kept in the audit trail, with the old and the new values.",
    )
    in_spite_of_warning = forms.BooleanField(
        label="Save in spite of a warning",
        required=False,
        widget=UnfoldBooleanWidget(),
        help_text="Needed only where this page warns that something would sell below its cost.",
    )
    before: Snapshot

    def clean(self) -> Any:
        """Warn of what the change would do, until somebody wants it all the same.

        Raises:
            ValidationError: its messages are the warnings.
        """
        cleaned = super().clean()
        if not self.errors and not self.cleaned_data.get(IN_SPITE):
            refuse_below_cost(self.warnings())
        return cleaned

    def warnings(self) -> list[str]:
        """Return a sentence for each thing that the row would sell below its cost."""
        return []


class AuditedAdmin(ModelAdmin):
    """Rows whose changes have a reason, and stand in the audit trail with old and new values.

    Attributes:
        has_warnings: whether a change of these rows may be warned of.
    """

    form = AuditedForm
    delete_confirmation_template = "admin/audited_delete.html"
    has_warnings: ClassVar[bool] = False

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Add the reason at the end, for those who may change the row."""
        own = (REASON, IN_SPITE)
        asked = own if self.has_warnings else own[:1]
        sets = [
            (name, {**options, "fields": [one for one in options["fields"] if one not in own]})
            for name, options in super().get_fieldsets(request, obj)
        ]
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*sets, ("This change", {"fields": asked})] if may else sets

    def get_actions(
        self, request: HttpRequest, action_location: ActionLocation = ActionLocation.CHANGE_LIST
    ) -> Any:
        """Leave out the deletion of many rows, which has no reason."""
        actions = super().get_actions(request, action_location=action_location)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: Any, form: AuditedForm, change: Any) -> None:
        """Read what there was, and save."""
        form.before = self._snapshot(obj) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: AuditedForm, formsets: Iterable[BaseModelFormSet], change: Any
    ) -> None:
        """Save the rows below, and record what has changed in all of them."""
        super().save_related(request, form, formsets, change)
        _record(request, form.instance, form.before, self._snapshot(form.instance), form.cleaned_data[REASON])

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        """Ask for the reason, too."""
        asked = ReasonForm(request.POST or None)
        if request.method == "POST" and not asked.is_valid():
            messages.error(request, "Give a reason. Nothing was deleted.")
            return HttpResponseRedirect(request.get_full_path())
        return super().delete_view(request, object_id, {**(extra_context or {}), "reason_form": asked})

    def delete_model(self, request: HttpRequest, obj: models.Model) -> None:
        """Delete the row, and record it with all that goes with it."""
        found = NestedObjects(using=router.db_for_write(type(obj)))
        found.collect([obj])
        gone = [
            *(row for rows in found.data.values() for row in rows),
            *(row for rows in found.fast_deletes for row in rows),
        ]
        reason = ReasonForm(request.POST)
        _record(
            request,
            obj,
            {(type(row), row.pk): _values(row) for row in gone},
            {},
            reason.cleaned_data["reason"] if reason.is_valid() else "",
        )
        super().delete_model(request, obj)

    def _snapshot(self, obj: models.Model) -> Snapshot:
        """Read a row, which is locked, and the rows that are edited with it."""
        rows = list(type(obj)._default_manager.select_for_update().filter(pk=obj.pk))  # noqa: SLF001 -- Django's documented API
        for inline in self.inlines:
            if not issubclass(inline, ReadOnlyInline):
                parent = _get_foreign_key(type(obj), inline.model, fk_name=inline.fk_name)
                rows += inline.model._default_manager.filter(**{parent.name: obj.pk})  # noqa: SLF001 -- as above
        return {(type(row), row.pk): _values(row) for row in rows}


def refuse_below_cost(warnings: list[str]) -> None:
    """Refuse a change that would sell something below its cost.

    Raises:
        ValidationError: there are warnings, which are its messages.
    """
    if warnings:
        raise ValidationError(
            [
                *warnings,
                "Nothing was saved. To save it all the same, tick “Save in spite of a warning” at the reason.",
            ]
        )


def _record(request: HttpRequest, obj: models.Model, before: Snapshot, after: Snapshot, reason: str) -> None:
    """Add a line for each row that was changed, created or deleted."""
    for row in {**before, **after}:
        old, new = before.get(row), after.get(row)
        if old == new:
            continue
        names = {**(old or {}), **(new or {})}
        changes = {
            name: [(old or {}).get(name), (new or {}).get(name)]
            for name in names
            if (old or {}).get(name) != (new or {}).get(name)
        }
        verb = "changed" if old and new else "created" if new else "deleted"
        audit.record(
            f"{row[0]._meta.model_name}.{verb}",  # noqa: SLF001 -- Django's documented API
            target=str(obj.pk),
            detail={"row": _key(row[0], new or old or {}), "changes": changes, "reason": reason},
            request=request,
        )


def _key(model: type[models.Model], values: Values) -> Values:
    """Return what tells a row from its siblings: what is unique together in its table, or its primary key."""
    constraints = model._meta.constraints  # noqa: SLF001 -- as above
    unique = (
        one.fields for one in constraints if isinstance(one, models.UniqueConstraint) and not one.condition
    )
    names = next(unique, (model._meta.pk.name,))  # noqa: SLF001 -- as above
    return {name: values.get(name) for name in names}


def _values(row: models.Model) -> Values:
    return {field.name: _plain(field.value_from_object(row)) for field in row._meta.concrete_fields}  # noqa: SLF001 -- as above


def _plain(value: Any) -> Any:
    """Return a value as JSON keeps it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time | uuid.UUID):
        return str(value)
    return value
