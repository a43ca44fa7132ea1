"""Purchases and their refunds, for operators."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.decorators import action, display

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline, key_of
from billing.admin.base import STATUS_COLORS
from billing.admin.refund_page import refund_page
from billing.models import Purchase, Refund, RefundRequest, StripeTrouble
from core.wording import money


class RefundInline(ReadOnlyInline):
    """Refunds of a purchase."""

    model = Refund
    fields = ("created_at", "status", "amount", "credits", "reason", "made_by", "approved_by", "stripe_id")
    readonly_fields = fields


class RefundRequestInline(ReadOnlyInline):
    """Requests for refunds of a purchase that needed a second operator."""

    model = RefundRequest
    fields = ("created_at", "status", "amount", "credits", "reason", "asked_by", "decided_by", "answer")
    readonly_fields = fields


@admin.register(Purchase)
class PurchaseAdmin(ReadOnlyAdmin):
    """Purchases of credit packs."""

    list_display = ("created_at", "workspace", "pack_name", "credits", "price", "state", "payment_intent")
    list_filter = ("workspace__mode", "status", "pack_slug", "created_at")
    list_select_related = ("workspace",)
    search_fields = (
        "payment_intent__exact",
        "checkout_session__exact",
        "charge__exact",
        "invoice_number__exact",
    )
    inlines = (RefundInline, RefundRequestInline)
    actions_detail = ("refund",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Purchase]:
        """Load the related rows that the page names."""
        found: QuerySet[Purchase] = super().get_queryset(request)
        return found.select_related("workspace", "created_by")

    @display(description="Price")
    def price(self, obj: Purchase) -> str:
        """Format the price before tax."""
        return money(obj.amount, obj.currency)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Purchase) -> str:
        """Return the status, shown in its color."""
        return obj.status

    @action(description="Refund", permissions=["act"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Refund money through Stripe and take the credits back, in one operation."""
        purchase = get_object_or_404(Purchase.objects.select_related("workspace"), pk=key_of(object_id))
        return refund_page(request, self, purchase)


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds, made here or at Stripe."""

    list_display = ("created_at", "purchase", "money", "credits", "state", "reason", "made_by", "approved_by")
    list_filter = ("status", "created_at")
    list_select_related = ("purchase", "made_by", "approved_by")
    search_fields = (
        "stripe_id__exact",
        "payment_intent__exact",
        "purchase__charge__exact",
        "purchase__checkout_session__exact",
    )
    search_through = ("purchase",)

    @display(description="Money")
    def money(self, obj: Refund) -> str:
        """Format the amount."""
        return money(obj.amount)

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Refund) -> str:
        """Return the status, shown in its color."""
        return obj.status


@admin.register(StripeTrouble)
class StripeTroubleAdmin(ReadOnlyAdmin):
    """Refusals by Stripe that only operators can resolve."""

    list_display = ("kind", "times", "since", "last_at", "told_at", "detail")
