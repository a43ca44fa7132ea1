"""Read-only admin of quotes."""

from django.contrib import admin

from accounts.admin_base import ReadOnlyAdmin
from api.models import QuotedOrder


@admin.register(QuotedOrder)
class QuotedOrderAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "workspace", "model", "credits", "expires_at")
    list_select_related = ("workspace",)
    search_fields = ("model",)
    fields = ("id", "workspace", "token", "created_by", "model", "credits", "created_at", "expires_at")
