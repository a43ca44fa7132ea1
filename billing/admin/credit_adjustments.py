"""Admin pages for credit adjustments: the form, waiting requests, and the limit of one operator."""

from uuid import uuid4

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display

from accounts.admin_base import ReadOnlyAdmin, ReasonForm, integer_field, key_of, operator_of, run_action_form
from billing.admin.second_operator import PolicyAdmin, RequestAdmin
from billing.admin.write_off_page import write_off_effect, write_off_page
from billing.approvals import credit_adjustments, second_operator
from billing.ledger import balance
from billing.models import CreditPolicy, CreditRequest
from billing.models.ledger import Wallet
from core.wording import in_words


def badge(request: HttpRequest) -> str | None:
    """Return the number of waiting requests for the sidebar's badge, or None if there are none."""
    return str(second_operator.count_waiting(CreditRequest) or "") or None


class AdjustForm(ReasonForm):
    """Form for credits to give (+) or take away (-), with the reason."""

    credits = integer_field(
        "Credits",
        minimum=-credit_adjustments.MOST,
        maximum=credit_adjustments.MOST,
        help_text="A negative number takes them away, never more than are available.",
    )
    # One form makes one adjustment, however often it is sent.
    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    field_order = ("credits", "reason", "key")

    def clean_credits(self) -> int:
        value: int | None = self.cleaned_data["credits"]
        if not value:
            raise forms.ValidationError("Enter a number of credits other than 0.")
        return value


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "available", "held", "debt")
    list_filter = ("workspace__mode",)
    list_select_related = ("workspace",)
    actions_detail = ("adjust", "write_off")

    def has_write_off_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Return whether this operator may write off what a workspace owes: a permission of its own."""
        return request.user.has_perm("billing.write_off_debt")

    @action(description="Give or take credits", permissions=["act"], icon="exposure")
    def adjust(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Adjust the wallet's credits, or ask a second operator."""
        wallet = get_object_or_404(Wallet.objects.select_related("workspace"), pk=key_of(object_id))
        operator = operator_of(request)

        def act(form: AdjustForm) -> str:
            data = form.cleaned_data
            waits = credit_adjustments.adjust_or_request(
                wallet.workspace,
                data["credits"],
                reason=data["reason"],
                operator=operator,
                request_key=data["key"],
                request=request,
            )
            if waits:
                return f"{waits} wait for a second operator to agree. Nothing has moved yet."
            return f"{data['credits']:+,} credits for {wallet.workspace}."

        return run_action_form(
            request, self, wallet, AdjustForm(request.POST or None, initial={"key": str(uuid4())}),
            title=f"Give or take credits of {wallet.workspace}",
            explanation=f"It has {in_words(wallet.available)} available and owes {wallet.debt:,}. "
            f"You alone can move {in_words(credit_adjustments.remaining_limit(operator))} now; more waits for a second operator. "
            "The statement shows the adjustment with your reason.",
            button="Adjust", act=act,
        )  # fmt: skip

    @action(description="Write off debt", permissions=["write_off"], icon="money_off")
    def write_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Write off what the workspace owes, or ask a second operator."""
        wallet = get_object_or_404(Wallet.objects.select_related("workspace"), pk=key_of(object_id))
        return write_off_page(request, self, wallet)


@admin.register(CreditRequest)
class CreditRequestAdmin(RequestAdmin):
    """Requests of operators to give, take away or write off credits, decided by a second operator."""

    decide_permission = "billing.approve_credits"
    list_display = (
        "created_at",
        "workspace",
        "purpose",
        "credits",
        "state",
        "reason",
        "asked_by",
        "decided_by",
    )
    list_select_related = ("workspace", "asked_by", "decided_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditRequest]:
        """Load the related rows that the page names."""
        found: QuerySet[CreditRequest] = super().get_queryset(request)
        return found.select_related("workspace", "asked_by")

    def facts(self, row: CreditRequest) -> list[tuple[str, str]]:
        """Return what is asked for and the workspace's balances."""
        now = balance.for_workspace(row.workspace)
        return [
            ("Requested", self.moves(row)),
            ("Current balance", f"{in_words(now.available)} available, {in_words(now.debt)} owed"),
        ]

    def moves(self, row: CreditRequest) -> str:
        """Describe the movement, for example "Give 100 credits to Acme"."""
        if row.purpose == CreditRequest.Purpose.WRITE_OFF:
            return f"Write off {in_words(row.credits)} of the debt of {row.workspace}"
        verb, side = ("Give", "to") if row.credits > 0 else ("Take", "from")
        return f"{verb} {in_words(abs(row.credits))} {side} {row.workspace}"

    def effect(self, row: CreditRequest) -> str:
        """Describe what approving would do to the wallet now."""
        if row.status != CreditRequest.Status.WAITING:
            return f"It was already {row.status}."
        now = balance.for_workspace(row.workspace)
        if row.purpose == CreditRequest.Purpose.WRITE_OFF:
            return write_off_effect(now.debt, row.credits)
        if row.credits < 0 and -row.credits > now.available:
            return f"Only {in_words(now.available)} can be taken away, so it can't be approved now."
        paid = min(now.debt, max(row.credits, 0))
        left = f"{in_words(now.available + row.credits - paid)} are then available"
        return f"{left}, and {in_words(paid)} of debt are paid." if paid else f"{left}."

    def run(self, request: HttpRequest, row: CreditRequest) -> str:
        """Approve the request and move the credits."""
        return f"Approved. {credit_adjustments.approve(row.pk, operator_of(request))}."

    def stop(self, request: HttpRequest, row: CreditRequest, reason: str) -> CreditRequest:
        """Decline or withdraw the request."""
        return credit_adjustments.decline(row.pk, operator_of(request), reason)


@admin.register(CreditPolicy)
class CreditPolicyAdmin(PolicyAdmin):
    """Limit of credits that one operator may move alone."""

    noted_as = "credit_policy.changed"

    @display(description="One operator alone")
    def limit(self, obj: CreditPolicy) -> str:
        """Format the limit in credits."""
        return f"up to {in_words(obj.alone_up_to)} within 24 hours"
