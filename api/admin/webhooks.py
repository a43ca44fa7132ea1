"""Read-only admin of webhook endpoints, what was sent to them, and the tries that each took."""

from django.contrib import admin
from django.db.models import Q
from unfold.decorators import display

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.operators.search import MOST, Term
from api.models import DeliveryTry, WebhookDelivery, WebhookEndpoint

COLORS = {
    "enabled": "success",
    "disabled": "danger",
    "delivered": "success",
    "failed": "danger",
    "pending": "info",
}


@admin.register(WebhookEndpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = (
        "created_at",
        "workspace",
        "url",
        "state",
        "disabled_because",
        "failing_since",
        "is_test",
        "for_orders",
    )
    list_filter = (
        "status",
        "disabled_reason",
        "is_test",
        "for_orders",
        ("deleted_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("workspace",)
    search_fields = ("url",)
    fields = (
        "id", "workspace", "url", "types", "description", "status", "disabled_because", "failing_since", "warned_at",
        "is_test", "for_orders", "created_by", "created_at", "deleted_at",
    )  # fmt: skip
    readonly_fields = ("disabled_because",)

    @display(description="Status", label=COLORS)
    def state(self, obj: WebhookEndpoint) -> str:
        return obj.status

    @display(description="Disabled because")
    def disabled_because(self, obj: WebhookEndpoint) -> str:
        return obj.get_disabled_reason_display()


class TryInline(ReadOnlyInline):
    model = DeliveryTry
    # What was sent and answered is the workspace's own.
    fields = ("number", "began_at", "duration_ms", "status_code", "error")
    readonly_fields = fields
    ordering = ("number",)
    show_change_link = False


@admin.register(WebhookDelivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "workspace", "endpoint", "event", "state", "tries", "next_at", "ended_at")
    list_filter = ("status", ("endpoint__failing_since", admin.EmptyFieldListFilter))
    list_select_related = ("workspace", "endpoint", "event")
    search_fields = ("url__exact",)
    ordering = ("-pk",)
    raw_id_fields = ("endpoint", "event")
    inlines = (TryInline,)

    def search_more(self, term: Term) -> Q:
        """Match deliveries to the endpoints with such an address."""
        if term.key or not term.text:
            return Q()
        found = WebhookEndpoint.objects.filter(url__icontains=term.text).values_list("pk", flat=True)
        return Q(endpoint__in=list(found[:MOST]))

    @display(description="Status", label=COLORS)
    def state(self, obj: WebhookDelivery) -> str:
        return obj.status
