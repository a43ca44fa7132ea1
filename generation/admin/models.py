"""Models and their prices, maintained by operators."""

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin_base import ReadOnlyInline
from generation.admin.base import STATUS_COLORS, SwitchedAdmin
from generation.catalog import cache
from generation.models import ExpectedCost, ImageModel, ModelHealth, ModelPrice, UnitCost
from generation.models.image_model import ABILITIES
from generation.orders import margins
from generation.reporting.costs import MICROS


class PriceInline(TabularInline):
    model = ModelPrice
    extra = 0
    fields = (
        "quality", "tier", "credits", "steps", "per_megapixel", "edit_surcharge", "free_references",
        "references_per_credit", "reference_credits", "margin",
    )  # fmt: skip
    readonly_fields = ("margin",)

    @display(description="Beside the cost")
    def margin(self, obj: ModelPrice) -> str:
        """Warn where the row sells an image below its expected cost."""
        known = cache.load()
        model = known.models.get(obj.model_id or "")
        # Read the saved price: the values in a rejected form may make no sense at all.
        price = known.prices.get((obj.model_id, obj.tier_id), {}).get(obj.quality)
        if model is None or price is None or (model.slug, obj.quality) not in known.costs.expected:
            return "Not known"
        low = [one for one in margins.sales(known, model, obj.quality, price) if one.is_below_cost]
        if not low:
            return "Covers it"
        worst = max(low, key=lambda one: one.cost - one.credits * margins.NET)
        return (
            f"Below it: {worst.size} with {worst.references} references sells for {worst.credits * margins.NET / MICROS:.1f} ¢"
            f" and costs {worst.cost / MICROS:.1f} ¢"
        )


class ExpectedCostInline(TabularInline):
    model = ExpectedCost
    extra = 0
    fields = ("quality", "pixels", "cost", "edit_cost", "reference_cost")


class UnitCostInline(TabularInline):
    model = UnitCost
    extra = 0
    fields = ("unit", "cost")


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
        ("Upstream", {"fields": ("provider", "upstream_id", "aliases", "served_as", "precheck", "parameters")}),
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
