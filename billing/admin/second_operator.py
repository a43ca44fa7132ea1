"""Base classes of pages on which a second operator decides, and of the limits of one operator."""

from typing import Any, ClassVar

from django.forms import CharField, Form, ModelForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import audit
from accounts.admin_base import (
    ReadOnlyAdmin,
    ReasonForm,
    ReauthenticatedAdmin,
    key_of,
    operator_of,
    run_action_form,
)
from accounts.auth import reauthentication
from billing.admin.base import STATUS_COLORS
from billing.models.operator_request import OperatorRequest, RequestStatus


class RequestAdmin(ReadOnlyAdmin):
    """Requests of one operator, decided by another one with fresh proof of who they are.

    Attributes:
        decide_permission: the permission to decide.
    """

    decide_permission: ClassVar[str]
    list_filter = ("status", "created_at")
    exclude = ("request_key",)
    actions_detail = ("approve", "decline")
    change_form_outer_before_template = "admin/operator_request.html"

    # What a page of one kind has to say. No ABC: the metaclass of admins is Django's own.

    def facts(self, row: Any) -> list[tuple[str, str]]:
        """Return the facts for a second operator, as pairs of label and value."""
        raise NotImplementedError

    def moves(self, row: Any) -> str:
        """Describe in a title what approving does."""
        raise NotImplementedError

    def effect(self, row: Any) -> str:
        """Describe in a sentence what approving would do now."""
        raise NotImplementedError

    def run(self, request: HttpRequest, row: Any) -> str:
        """Approve the request, and return a sentence that says what was done."""
        raise NotImplementedError

    def stop(self, request: HttpRequest, row: Any, reason: str) -> OperatorRequest:
        """Decline or withdraw the request."""
        raise NotImplementedError

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this operator may decide on the requests of others."""
        return request.user.has_perm(self.decide_permission)

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this operator may decline the request, or withdraw it as their own."""
        own = self.model._default_manager.filter(pk=key_of(object_id), asked_by=request.user.pk)  # noqa: SLF001 -- Django's documented API
        return self.has_decide_permission(request) or own.exists()

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: OperatorRequest) -> str:
        """Return the status, shown in its color."""
        return obj.status

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """Show the request with what it would do now."""
        row = self.get_queryset(request).filter(pk=key_of(object_id)).first()
        shown: dict[str, Any] = {}
        if row:
            shown = {"facts": self._shown(row), "is_own": row.asked_by_id == request.user.pk}
        answer: HttpResponseBase = super().change_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return answer

    @action(description="Approve", permissions=["decide"], icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Approve the request, once."""
        row = self._found(request, object_id)
        if request.method == "POST" and (asked := reauthentication.redirect_if_stale(request)):
            return asked
        return run_action_form(
            request, self, row, Form(request.POST if request.method == "POST" else None),
            title=self.moves(row), explanation=f"{row.asked_by} asks for it: {row.reason}. {self.effect(row)}",
            button="Approve", act=lambda _: self.run(request, row),
        )  # fmt: skip

    @action(description="Decline", permissions=["close"], icon="close")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Decline or withdraw the request with a reason; nothing moves."""
        row = self._found(request, object_id)
        own = row.asked_by_id == operator_of(request).pk

        def act(form: ReasonForm) -> str:
            done = self.stop(request, row, form.cleaned_data["reason"])
            return f"The request is {done.status}. Nothing has moved."

        return run_action_form(
            request, self, row, ReasonForm(request.POST or None),
            title="Withdraw your request" if own else f"Decline the request of {row.asked_by}",
            explanation="Nothing has moved for it, and nothing will. Your reason is kept with the request.",
            button="Withdraw" if own else "Decline", act=act,
        )  # fmt: skip

    def _shown(self, row: Any) -> list[tuple[str, str]]:
        return [
            ("By", f"{row.asked_by}, {row.created_at:%-d %B %Y, %H:%M} UTC"),
            ("Because", row.reason),
            *self.facts(row),
            *([("If approved now", self.effect(row))] if row.status == RequestStatus.WAITING else []),
            *([("Answer", row.answer)] if row.answer else []),
        ]

    def _found(self, request: HttpRequest, object_id: str) -> Any:
        return get_object_or_404(self.get_queryset(request), pk=key_of(object_id))


class PolicyForm(ModelForm):
    """The limit with the reason for its change."""

    reason = CharField(
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Kept in the audit trail, with the old and the new limit.",
    )


class PolicyAdmin(ReauthenticatedAdmin):
    """The single row that limits what one operator may do alone.

    Raising it decides who needs no second operator, so a change takes fresh proof and is audited.

    Attributes:
        noted_as: the action in the audit trail.
    """

    noted_as: ClassVar[str]
    form = PolicyForm
    list_display = ("limit", "alone_up_to")
    list_display_links = ("limit",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Forbid adding: there is one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Forbid deletion: there is always one row."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: Any) -> None:
        """Save the row and record the change in the audit trail."""
        before = self.model._default_manager.values_list("alone_up_to", flat=True).get(pk=obj.pk)  # noqa: SLF001 -- as above
        super().save_model(request, obj, form, change)
        audit.record(
            self.noted_as,
            target=str(obj.pk),
            detail={"from": before, "to": obj.alone_up_to, "reason": form.cleaned_data["reason"]},
            request=request,
        )
