"""Admin pages for credits and pricing: all is shown, and actions call the same functions as other pages."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin_base import EditableAdmin, ReadOnlyAdmin, ReadOnlyInline

# Django finds an app's admins in this module.
from billing.admin import (
    books,
    credit_adjustments,
    customers,
    disputes,
    fraud_warnings,
    purchases,
    refund_requests,
)
from billing.models import CreditPack, PackOffer, PricingTier, TierAssignment
from billing.models.ledger import Hold, Transfer
from core.wording import money


@admin.register(Transfer)
class TransferAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "kind", "amount", "source", "target", "reference", "reason")
    list_filter = ("kind", "source", "target", "created_at")
    list_select_related = ("workspace",)
    search_fields = ("reference", "key", "workspace__name", "workspace__slug")


class TransferInline(ReadOnlyInline):
    model = Transfer
    fields = ("created_at", "kind", "amount", "source", "target", "key")
    readonly_fields = fields


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "reference", "amount", "captured", "released", "ended_at")
    list_filter = (("ended_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("workspace",)
    search_fields = ("reference", "workspace__name", "workspace__slug")
    inlines = (TransferInline,)


@admin.register(CreditPack)
class CreditPackAdmin(EditableAdmin):
    list_display = ("name", "credits", "price", "per_credit", "is_active", "position")
    list_editable = ("is_active", "position")

    @display(description="Price")
    def price(self, obj: CreditPack) -> str:
        return money(obj.amount)

    @display(description="Each credit")
    def per_credit(self, obj: CreditPack) -> str:
        return f"${obj.amount / obj.credits / 100:.4f}"


class OfferInline(TabularInline):
    model = PackOffer
    extra = 0


class AssignmentInline(ReadOnlyInline):
    """Past, current and future workspaces of a tier; a workspace's own page moves it to another tier."""

    model = TierAssignment
    verbose_name_plural = "Workspaces, including scheduled changes; change a tier on the workspace's page"
    fields = ("workspace", "effective_at", "assigned_by", "created_at")
    readonly_fields = fields
    show_change_link = False
    per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[TierAssignment]:
        return super().get_queryset(request).select_related("workspace", "tier", "assigned_by")


@admin.register(PricingTier)
class PricingTierAdmin(EditableAdmin):
    list_display = (
        "name",
        "is_default",
        "reads_per_minute",
        "writes_per_minute",
        "workspace_reads_per_minute",
        "workspace_writes_per_minute",
        "images_in_flight",
        "images_per_request",
        "test_images_per_day",
    )
    inlines = (OfferInline, AssignmentInline)

    def has_delete_permission(self, request: HttpRequest, obj: PricingTier | None = None) -> bool:
        return obj is not None and not obj.is_default
