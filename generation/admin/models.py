"""Models and their prices, maintained by operators."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from accounts.admin_base import ReadOnlyInline
from generation.admin.base import STATUS_COLORS, SwitchedAdmin
from generation.admin.prices import ExpectedCostInline, PriceInline, UnitCostInline
from generation.catalog import cache
from generation.models import ImageModel, ModelHealth
from generation.models.image_model import ABILITIES


class HealthInline(ReadOnlyInline):
    """Whether the model works at present, and what its provider said if it doesn't let us use it."""

    model = ModelHealth
    verbose_name_plural = "health"
    fields = (
        "status", "reason", "since", "denied_at", "denial", "again_at", "answered_as", "answered_at", "shutdown_at",
        "probed_at", "probe_error",
    )  # fmt: skip
    readonly_fields = fields
    show_change_link = False


@admin.register(ImageModel)
class ImageModelAdmin(SwitchedAdmin):
    has_warnings = True
    list_display = (
        "label",
        "slug",
        "provider",
        "life",
        "works",
        "is_default",
        "is_enabled",
        "retired_at",
        "replacement",
    )
    list_filter = ("provider", "is_enabled")
    list_select_related = ("provider", "replacement", "health")
    search_fields = ("slug", "label", "upstream_id")
    inlines = (HealthInline, PriceInline, ExpectedCostInline, UnitCostInline)
    fieldsets = (
        (None, {"fields": ("slug", "label", "summary", "description", "icon", "position", "is_default", "is_enabled")}),
        ("Upstream", {"fields": ("provider", "upstream_id", "aliases", "served_as", "shares_limits_of", "precheck", "parameters")}),
        ("What it can do", {"fields": ABILITIES}),
        ("Its life", {"fields": ("available_from", "deprecated_at", "retired_at", "vanished_at", "replacement", "maker_replacement")}),
    )  # fmt: skip

    @display(description="Stage", label=STATUS_COLORS)
    def life(self, obj: ImageModel) -> str:
        return obj.stage().value

    @display(description="Works", label=STATUS_COLORS)
    def works(self, obj: ImageModel) -> str:
        stage = obj.stage()
        if stage not in cache.OFFERED:
            return stage.value
        return obj.health.status if hasattr(obj, "health") else "unknown"

    def has_delete_permission(self, request: HttpRequest, obj: ImageModel | None = None) -> bool:
        # A model that has made images is retired, never deleted.
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: ImageModel | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()
