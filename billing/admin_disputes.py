"""Disputed payments, for operators."""

from django.contrib import admin
from unfold.decorators import display

from accounts.operators import ReadOnlyAdmin
from billing.models import Dispute
from billing.money import money


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """What payers' banks question."""

    list_display = ("created_at", "purchase", "money", "reason", "status", "due_by", "frozen", "credits")
    list_filter = ("status", "reason", "created_at")
    list_select_related = ("purchase",)
    search_fields = ("stripe_id", "payment_intent", "purchase__workspace__name")

    @display(description="Money")
    def money(self, obj: Dispute) -> str:
        """In words."""
        return money(obj.amount)
