"""Base classes of the operators' admin: see all, edit almost nothing, act through the product's verbs."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextareaWidget, UnfoldBooleanWidget

from accounts.auth import reauthentication
from accounts.models import User
from core import ids
from core.errors import Refusal


class ReadOnlyAdmin(ModelAdmin):
    """Rows that operators can view. Anything that may be done to them is an action."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this operator may run the actions: whoever could change the rows if they were editable."""
        options = self.opts
        return request.user.has_perm(f"{options.app_label}.change_{options.model_name}")


class EditableAdmin(ModelAdmin):
    """Rows that operators maintain, for example packs and models."""

    show_full_result_count = False
    list_per_page = 50


class ReauthenticatedAdmin(ModelAdmin):
    """Rows that decide what operators may do: writing them requires fresh proof."""

    show_full_result_count = False
    list_per_page = 50

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponseBase:
        """Add and change with fresh proof; the form that adds may hold a password, so it is not kept."""
        may = self.has_change_permission(request) if object_id else self.has_add_permission(request)
        asked = (
            reauthentication.redirect_if_stale(request, keep=object_id is not None)
            if may and _writes(request)
            else None
        )
        return asked or super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponseBase:
        """Delete one row with fresh proof."""
        asked = (
            reauthentication.redirect_if_stale(request)
            if self.has_delete_permission(request) and _writes(request)
            else None
        )
        return asked or super().delete_view(request, object_id, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponseBase:
        """Delete many rows with fresh proof."""
        asked = reauthentication.redirect_if_stale(request) if _writes(request) else None
        return asked or super().changelist_view(request, extra_context)


class ReadOnlyInline(TabularInline):
    """Rows of another table shown below their owner."""

    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReasonForm(forms.Form):
    """The reason for an action, which is recorded with what it did."""

    reason = forms.CharField(
        max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}), help_text="Kept with the record."
    )


def integer_field(
    label: str, *, minimum: int | None = None, maximum: int | None = None, help_text: str = ""
) -> forms.IntegerField:
    """Make an integer field in the admin's style."""
    return forms.IntegerField(
        label=label,
        min_value=minimum,
        max_value=maximum,
        help_text=help_text,
        widget=UnfoldAdminIntegerFieldWidget(),
        required=False,
    )


def switch_field(label: str, *, help_text: str = "") -> forms.BooleanField:
    """Make a switch in the admin's style."""
    return forms.BooleanField(label=label, required=False, help_text=help_text, widget=UnfoldBooleanWidget())


def _writes(request: HttpRequest) -> bool:
    return request.method == "POST"


def operator_of(request: HttpRequest) -> User:
    """Return the acting operator: the admin requires signing in."""
    assert isinstance(request.user, User)
    return request.user


def key_of(object_id: str | None) -> uuid.UUID:
    """Parse the key in an action's address; for nonsense, return a key that no row has."""
    try:
        return uuid.UUID(object_id or "")
    except ValueError:
        return ids.NOBODY


def run_action_form[F: forms.Form](
    request: HttpRequest,
    model_admin: ModelAdmin,
    obj: Model,
    form: F,
    *,
    title: str,
    explanation: str,
    button: str,
    act: Callable[[F], str],
    template: str = "admin/operator_form.html",
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    """Show a form for one object and, once it is submitted, run the verb behind it.

    Args:
        request: the operator's.
        model_admin: the object's admin.
        obj: what is acted upon.
        form: bound by the caller if the request is a POST.
        title: what is about to happen.
        explanation: what it means, in a sentence or two.
        button: the verb on the button.
        act: takes the valid form, does it, and returns the sentence that says what was done. A `Refusal` it
            raises is shown at the form, with nothing done.
        template: one that extends the ordinary form.
        more: additional context for that template.
    """
    options = model_admin.opts
    page = reverse(f"admin:{options.app_label}_{options.model_name}_change", args=[obj.pk])
    if request.method == "POST" and form.is_valid():
        try:
            done = act(form)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(page)
    return TemplateResponse(
        request,
        template,
        {
            **(more or {}),
            **admin.site.each_context(request),
            "title": title,
            "explanation": explanation,
            "button": button,
            "form": form,
            "opts": options,
            "original": obj,
            "back": page,
        },
    )
