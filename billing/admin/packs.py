"""Packs and tiers, maintained by operators: changes have a reason, and warn where a credit no longer covers its images."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from accounts.admin.audited import IN_SPITE, AuditedAdmin, AuditedForm, refuse_below_cost
from accounts.admin_base import ReadOnlyInline
from billing.models import CreditPack, PackOffer, PricingTier, TierAssignment
from billing.plans import net
from core.wording import money

MOST = 5
"""Examples that a warning gives."""


class PackForm(AuditedForm):
    """A pack, which warns where its credits bring less than the images cost that they buy."""

    def warnings(self) -> list[str]:
        """Return what would sell below its cost."""
        pack = self.cleaned_data
        if not (pack.get("is_active") and pack.get("credits") and pack.get("amount")):
            return []
        old = self.initial
        before = net.per_credit(old["amount"], old["credits"]) if old.get("is_active") else net.of_tier(None)
        return _warnings(net.per_credit(pack["amount"], pack["credits"]), before, net.tiers_at_list_price())


@admin.register(CreditPack)
class CreditPackAdmin(AuditedAdmin):
    """Credit packs; one that is no longer sold is taken off sale, since purchases name it."""

    form = PackForm
    has_warnings = True
    show_full_result_count = False
    list_per_page = 50
    list_display = ("name", "credits", "price", "per_credit", "is_active", "position")
    search_fields = ("name", "slug")

    @display(description="Price")
    def price(self, obj: CreditPack) -> str:
        """Format the price as money."""
        return money(obj.amount)

    @display(description="Each credit")
    def per_credit(self, obj: CreditPack) -> str:
        """Format what each credit costs the customer."""
        return f"${obj.amount / obj.credits / 100:.4f}"

    def has_delete_permission(self, request: HttpRequest, obj: CreditPack | None = None) -> bool:
        """Forbid deletion: a pack is taken off sale."""
        return False


class OfferFormSet(BaseInlineFormSet):
    """Packs at a tier's own price, which warn as packs do."""

    def clean(self) -> None:
        """Warn of prices at which the tier's images would sell below their cost.

        Raises:
            ValidationError: its messages are the warnings.
        """
        super().clean()
        if any(self.errors) or not self.has_changed() or self.data.get(IN_SPITE):
            return
        offers = [
            form.cleaned_data
            for form in self.forms
            if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        bring = [
            net.per_credit(one["amount"], one["pack"].credits) for one in offers if one["pack"].is_active
        ]
        if bring:
            tier = self.instance.pk or None
            refuse_below_cost(_warnings(min(bring), net.of_tier(tier), [tier]))


class OfferInline(TabularInline):
    """Packs of a tier."""

    model = PackOffer
    formset = OfferFormSet
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
        """Read whom each row names along with it."""
        return super().get_queryset(request).select_related("workspace", "tier", "assigned_by")


@admin.register(PricingTier)
class PricingTierAdmin(AuditedAdmin):
    """Pricing tiers with their packs and limits."""

    has_warnings = True
    show_full_result_count = False
    list_per_page = 50
    search_fields = ("name",)
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Forbid deletion of the default tier."""
        return obj is not None and not obj.is_default


def _warnings(now: int, before: int | None, tiers: list[str | None]) -> list[str]:
    if before is not None and now >= before:
        return []
    found = net.newly_below_cost(now, before, tiers)
    more = [f"And {len(found) - MOST} more."] if len(found) > MOST else []
    if not found:
        return []
    return [
        f"A credit would bring in {now / 10_000:.2f} ¢ after card fees, and these would sell below their cost:",
        *found[:MOST],
        *more,
    ]
