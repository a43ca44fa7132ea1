"""Admin pages for credits and pricing: all is shown, and actions call the same functions as other pages."""

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline

# Django finds an app's admins in this module.
from billing.admin import (
    books,
    credit_adjustments,
    customers,
    disputes,
    fraud_warnings,
    packs,
    purchases,
    refund_requests,
)
from billing.models.ledger import Hold, Transfer


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
