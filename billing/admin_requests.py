"""Refunds that wait for a second operator, and how much one may refund alone."""

from typing import Any

from django.contrib import admin
from django.forms import Form, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display

from accounts import audit
from accounts.errors import Refusal
from accounts.operators import EditableAdmin, ReadOnlyAdmin, ReasonForm, ask, key_of, operator_of
from billing import refund_approval, refund_plan
from billing.admin_labels import STATUS_COLOURS
from billing.ledger_call import in_words
from billing.models import RefundPolicy, RefundRequest, RefundStatus
from billing.money import money


def badge(request: HttpRequest) -> str | None:
    """How many wait, beside the sidebar's entry."""
    return str(refund_approval.waiting() or "") or None


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    """What one operator wants and another one decides."""

    list_display = (
        "created_at",
        "workspace",
        "purchase",
        "money",
        "credits",
        "state",
        "reason",
        "asked_by",
        "decided_by",
    )
    list_filter = ("status", "created_at")
    list_select_related = ("purchase__workspace", "asked_by", "decided_by")
    search_fields = ("purchase__workspace__name", "asked_by__email", "purchase__payment_intent")
    exclude = ("request_key",)
    actions_detail = ("approve", "decline")
    change_form_outer_before_template = "admin/refund_request.html"

    def has_decide_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Whether this operator may decide on what others ask for."""
        return request.user.has_perm("billing.approve_refund")

    def has_close_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who decides may decline, and who asked may withdraw."""
        own = RefundRequest.objects.filter(pk=key_of(object_id), asked_by=request.user.pk)
        return self.has_decide_permission(request) or own.exists()

    @display(description="Workspace")
    def workspace(self, obj: RefundRequest) -> str:
        """Whose purchase it is."""
        return str(obj.purchase.workspace)

    @display(description="Money")
    def money(self, obj: RefundRequest) -> str:
        """That goes back."""
        return money(obj.amount, obj.purchase.currency)

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, obj: RefundRequest) -> str:
        """In colour."""
        return obj.status

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponseBase:
        """The row, with what it would do now."""
        row = (
            RefundRequest.objects.filter(pk=key_of(object_id))
            .select_related("purchase__workspace", "asked_by")
            .first()
        )
        shown = {"facts": facts(row), "is_own": row.asked_by_id == request.user.pk} if row else {}
        answer: HttpResponseBase = super().change_view(
            request, object_id, form_url, {**shown, **(extra_context or {})}
        )
        return answer

    @action(description="Approve", permissions=["decide"], icon="check")
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Run the refund, once."""
        row = _found(object_id)

        def act(form: Form) -> str:
            made = refund_approval.approve(row.pk, operator_of(request))
            amount = money(made.amount, row.purchase.currency)
            if made.status == RefundStatus.PENDING:
                return f"Approved. {amount} go back as soon as Stripe answers, by itself."
            return f"Approved. {amount} go back to the customer, {in_words(made.credits)} were taken back."

        return ask(
            request, self, row, Form(request.POST if request.method == "POST" else None),
            title=f"Pay back {money(row.amount, row.purchase.currency)} to {row.purchase.workspace}",
            explanation=f"{row.asked_by} asks for it: {row.reason}. {_effect(row)}",
            button=f"Approve and pay back {money(row.amount, row.purchase.currency)}", act=act,
        )  # fmt: skip

    @action(description="Decline", permissions=["close"], icon="close")
    def decline(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Leave the money where it is, and say why."""
        row = _found(object_id)
        own = row.asked_by_id == operator_of(request).pk

        def act(form: ReasonForm) -> str:
            done = refund_approval.decline(row.pk, operator_of(request), form.cleaned_data["reason"])
            return f"The request is {done.status}. Nothing has moved."

        return ask(
            request, self, row, ReasonForm(request.POST or None),
            title="Withdraw your request" if own else f"Decline the request of {row.asked_by}",
            explanation="Nothing has moved for it, and nothing will. Your reason is kept with the request.",
            button="Withdraw" if own else "Decline", act=act,
        )  # fmt: skip


@admin.register(RefundPolicy)
class RefundPolicyAdmin(EditableAdmin):
    """One row: how much one operator may refund alone."""

    list_display = ("limit", "alone_up_to")
    list_display_links = ("limit",)

    @display(description="One operator alone")
    def limit(self, obj: RefundPolicy) -> str:
        """In money."""
        return f"up to {money(obj.alone_up_to)} of a purchase within 24 hours"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RefundPolicy | None = None) -> bool:
        """There is always one row."""
        return False

    def save_model(self, request: HttpRequest, obj: RefundPolicy, form: ModelForm, change: Any) -> None:
        """Kept in the audit trail: who raises it decides who may refund alone."""
        before = RefundPolicy.objects.values_list("alone_up_to", flat=True).get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        audit.record(
            "refund_policy.changed",
            target=str(obj.pk),
            detail={"from": before, "to": obj.alone_up_to},
            request=request,
        )


def facts(row: RefundRequest) -> list[tuple[str, str]]:
    """What a second operator looks at."""
    left = refund_plan.left(row.purchase)
    currency = row.purchase.currency
    return [
        ("Asked for", f"{money(row.amount, currency)}, {in_words(row.credits)}"),
        ("By", f"{row.asked_by}, {row.created_at:%-d %B %Y, %H:%M} UTC"),
        ("Because", row.reason),
        ("Can still be refunded", f"{money(left.amount, currency)}, {in_words(left.credits)}"),
        ("Unspent of it", f"{in_words(left.unspent)}, first in, first out"),
        *([("If approved now", _effect(row))] if row.status == RefundRequest.Status.WAITING else []),
        *([("Answer", row.answer)] if row.answer else []),
    ]


def _effect(row: RefundRequest) -> str:
    """What approving would do now."""
    if row.status != RefundRequest.Status.WAITING:
        return f"It was {row.status} already."
    try:
        plan = refund_plan.plan(row.purchase, row.way)
    except Refusal as refusal:
        return refusal.detail
    words = f"{in_words(plan.credits)} leave the wallet"
    return (
        f"{words}, {in_words(plan.debt)} of them become debt."
        if plan.debt
        else f"{words}; nothing becomes debt."
    )


def _found(object_id: str) -> RefundRequest:
    rows = RefundRequest.objects.select_related("purchase__workspace", "asked_by")
    return get_object_or_404(rows, pk=key_of(object_id))
