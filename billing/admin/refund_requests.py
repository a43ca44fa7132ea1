"""Admin pages for refunds that wait for a second operator, and for the limit of one operator."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin_base import operator_of
from billing.admin.second_operator import PolicyAdmin, RequestAdmin
from billing.approvals import second_operator
from billing.models import RefundPolicy, RefundRequest, RefundStatus
from billing.refunds import approval
from billing.refunds import plan as refund_plans
from core.errors import Refusal
from core.wording import in_words, money


def badge(request: HttpRequest) -> str | None:
    """Return the number of waiting requests for the sidebar's badge, or None if there are none."""
    return str(second_operator.count_waiting(RefundRequest) or "") or None


@admin.register(RefundRequest)
class RefundRequestAdmin(RequestAdmin):
    """Refund requests of operators, decided by a second operator."""

    decide_permission = "billing.approve_refund"
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
    list_select_related = ("purchase__workspace", "asked_by", "decided_by")
    search_fields = ("purchase__payment_intent__exact", "purchase__charge__exact")
    search_through = ("purchase",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundRequest]:
        """Load the related rows that the page names."""
        found: QuerySet[RefundRequest] = super().get_queryset(request)
        return found.select_related("purchase__workspace", "asked_by")

    @display(description="Workspace")
    def workspace(self, obj: RefundRequest) -> str:
        """Name the workspace that bought."""
        return str(obj.purchase.workspace)

    @display(description="Money")
    def money(self, obj: RefundRequest) -> str:
        """Format the amount that goes back."""
        return money(obj.amount, obj.purchase.currency)

    def facts(self, row: RefundRequest) -> list[tuple[str, str]]:
        """Return what is asked for and what is left of the purchase."""
        left, currency = refund_plans.remainder(row.purchase), row.purchase.currency
        return [
            ("Requested", f"{money(row.amount, currency)}, {in_words(row.credits)}"),
            ("Can still be refunded", f"{money(left.amount, currency)}, {in_words(left.credits)}"),
            ("Unspent", f"{in_words(left.unspent)}, first in, first out"),
        ]

    def moves(self, row: RefundRequest) -> str:
        """Describe the payment, for example "Pay back $10.00 to Acme"."""
        return f"Pay back {money(row.amount, row.purchase.currency)} to {row.purchase.workspace}"

    def effect(self, row: RefundRequest) -> str:
        """Describe what approving would do to the wallet now."""
        if row.status != RefundRequest.Status.WAITING:
            return f"It was already {row.status}."
        try:
            plan = refund_plans.make_plan(row.purchase, row.way)
        except Refusal as refusal:
            return refusal.detail
        words = f"{in_words(plan.credits)} leave the wallet"
        return (
            f"{words}, {in_words(plan.debt)} of them become debt."
            if plan.debt
            else f"{words}; nothing becomes debt."
        )

    def run(self, request: HttpRequest, row: RefundRequest) -> str:
        """Approve the request and make the refund."""
        made = approval.approve(row.pk, operator_of(request))
        amount = money(made.amount, row.purchase.currency)
        if made.status == RefundStatus.PENDING:
            return f"Approved. {amount} will go back automatically as soon as Stripe answers."
        return f"Approved. {amount} go back to the customer, {in_words(made.credits)} were taken back."

    def stop(self, request: HttpRequest, row: RefundRequest, reason: str) -> RefundRequest:
        """Decline or withdraw the request."""
        return approval.decline(row.pk, operator_of(request), reason)


@admin.register(RefundPolicy)
class RefundPolicyAdmin(PolicyAdmin):
    """Limit of money that one operator may refund alone."""

    noted_as = "refund_policy.changed"

    @display(description="One operator alone")
    def limit(self, obj: RefundPolicy) -> str:
        """Format the limit as money."""
        return f"up to {money(obj.alone_up_to)} of a purchase within 24 hours"
