"""Card networks' early warnings of fraud, for operators: refund before it becomes a dispute."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from unfold.decorators import action, display

from accounts.admin_base import ReadOnlyAdmin, key_of
from billing.models import FraudWarning


@admin.register(FraudWarning)
class FraudWarningAdmin(ReadOnlyAdmin):
    """Warnings, newest first; a refund in time spares the dispute and its fee."""

    list_display = ("created_at", "workspace", "purchase", "kind", "is_actionable")
    list_filter = ("is_actionable", "kind", "created_at")
    list_select_related = ("purchase__workspace",)
    search_fields = ("stripe_id__exact", "payment_intent__exact", "charge__exact")
    search_through = ("purchase",)
    actions_detail = ("refund",)

    @display(description="Workspace")
    def workspace(self, obj: FraudWarning) -> str:
        """Name the workspace that paid."""
        return str(obj.purchase.workspace) if obj.purchase else "not ours"

    @action(description="Refund", permissions=["act"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open the purchase's refund page; Stripe is told that the payment was fraudulent."""
        row = get_object_or_404(FraudWarning.objects.exclude(purchase=None), pk=key_of(object_id))
        return redirect("admin:billing_purchase_refund", row.purchase_id)
