"""Providers for operators: whether they are called, how fast, and their last error."""

from datetime import datetime

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts import audit
from accounts.admin_base import ReadOnlyInline
from generation.admin.base import STATUS_COLORS, SwitchedAdmin
from generation.models import Circuit, Pace, Provider
from generation.providers import circuit_breaker


class CircuitInline(ReadOnlyInline):
    """Whether the provider is called, and its last error."""

    model = Circuit
    fields = ("state", "cause", "since", "failures", "error_at", "error", "probe_at", "told_at")
    readonly_fields = fields
    show_change_link = False


class PaceInline(ReadOnlyInline):
    """How fast the provider lets us call each model, or those that share its limits."""

    model = Pace
    verbose_name_plural = "paces"
    fields = (
        "model", "per_minute", "paused_until", "input_images_per_minute", "input_images_paused_until", "learned_at",
    )  # fmt: skip
    readonly_fields = fields
    show_change_link = False


@admin.register(Provider)
class ProviderAdmin(SwitchedAdmin):
    list_display = (
        "name", "adapter", "circuit_state", "since", "last_error", "max_in_flight", "precheck", "is_enabled",
    )  # fmt: skip
    list_filter = ("circuit__state", "adapter", "is_enabled")
    list_select_related = ("circuit",)
    search_fields = ("name", "slug")
    inlines = (CircuitInline, PaceInline)
    actions = ("close_circuit",)

    @display(description="Circuit", label=STATUS_COLORS)
    def circuit_state(self, obj: Provider) -> str:
        return obj.circuit.state if hasattr(obj, "circuit") else "closed"

    @display(description="Since")
    def since(self, obj: Provider) -> datetime | None:
        return obj.circuit.since if hasattr(obj, "circuit") else None

    @display(description="Last error")
    def last_error(self, obj: Provider) -> str:
        if not hasattr(obj, "circuit") or not obj.circuit.error:
            return ""
        return ": ".join(filter(None, (obj.circuit.get_cause_display(), obj.circuit.error)))[:120]

    @admin.action(description="Call it again: close its circuit, end its pauses", permissions=("change",))
    def close_circuit(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for provider in queryset:
            circuit_breaker.reset(provider)
            audit.record("provider.circuit_closed", target=provider.slug, request=request)
            messages.success(request, f"{provider.name} is called again from the next image on.")

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        return False
