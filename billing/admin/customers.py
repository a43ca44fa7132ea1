"""Admin pages for workspaces' pricing tiers and payment pages."""

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSplitDateTimeWidget

from accounts.admin import WorkspaceAdmin as AccountsWorkspaceAdmin
from accounts.admin_base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReasonForm,
    key_of,
    operator_of,
    run_action_form,
)
from accounts.models import Workspace
from accounts.operators import search
from accounts.operators.search import MOST
from billing.fraud import card_testing
from billing.models import (
    AutoTopUp,
    CheckoutPause,
    Customer,
    Decline,
    PaymentPage,
    PricingTier,
    TierAssignment,
)
from billing.plans import assignment

# Registered again below, with what billing knows.
admin.site.unregister(Workspace)

search.foreign_ids.register(
    "cus", lambda text: Customer.objects.filter(stripe_id=text).values_list("workspace", flat=True)
)
search.foreign_ids.register(
    "pm",
    lambda text: AutoTopUp.objects.filter(payment_method=text).values_list("workspace", flat=True)[:MOST],
)


class TierForm(ReasonForm):
    """Form for a tier, the moment when it begins, and the reason."""

    tier = forms.ModelChoiceField(PricingTier.objects.all(), widget=UnfoldAdminSelectWidget())
    effective_at = forms.SplitDateTimeField(
        label="From",
        required=False,
        widget=UnfoldAdminSplitDateTimeWidget(),
        help_text="UTC. Leave empty for now; a later time takes effect then.",
    )
    field_order = ("tier", "effective_at", "reason")


class TierHistory(ReadOnlyInline):
    """Past, current and future tiers of a workspace."""

    model = TierAssignment
    verbose_name_plural = "Pricing tiers, past and future"
    fields = ("tier", "effective_at", "state", "assigned_by", "created_at")
    readonly_fields = fields
    show_change_link = False

    @display(description="State", label={"in force": "success", "scheduled": "info", "over": "warning"})
    def state(self, obj: TierAssignment) -> str:
        """Tell whether the assignment is in force, over or still to come."""
        if obj.effective_at > timezone.now():
            return "scheduled"
        latest = (
            TierAssignment.objects.filter(workspace=obj.workspace, effective_at__lte=timezone.now())
            .order_by("-effective_at", "-id")
            .first()
        )
        return "in force" if obj == latest else "over"


@admin.register(Workspace)
class WorkspaceBillingAdmin(AccountsWorkspaceAdmin):
    """The workspace's page with its past, current and future pricing tiers."""

    # Longer than the tuples of the base class, whose length is part of their type.
    inlines = (*AccountsWorkspaceAdmin.inlines, TierHistory)  # type: ignore[assignment]
    actions_detail = (*AccountsWorkspaceAdmin.actions_detail, "assign_tier")  # type: ignore[assignment]

    @action(description="Change tier", permissions=["act"], icon="sell")
    def assign_tier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change the workspace's packs, prices and limits, at once or from a later moment."""
        workspace = get_object_or_404(Workspace, pk=key_of(object_id))

        def act(form: TierForm) -> str:
            data = form.cleaned_data
            made = assignment.assign(
                workspace,
                data["tier"],
                by=operator_of(request),
                reason=data["reason"],
                effective_at=data["effective_at"],
            )
            return f"{workspace} is in {made.tier} from {made.effective_at:%-d %B %Y, %H:%M} UTC."

        return run_action_form(
            request,
            self,
            workspace,
            TierForm(request.POST or None),
            title=f"Change the tier of {workspace}",
            explanation=f"It is in {PricingTier.for_workspace(workspace)} now. Packs, prices and limits follow the "
            "tier from the time you choose; earlier purchases and quotes keep theirs.",
            button="Change tier",
            act=act,
        )


@admin.register(CheckoutPause)
class CheckoutPauseAdmin(ReadOnlyAdmin):
    """Workspaces with several declined cards; they can buy again when the pause is over or lifted."""

    list_display = ("created_at", "workspace", "declines", "until", "state", "lifted_by")
    list_filter = ("created_at",)
    list_select_related = ("workspace", "lifted_by")
    actions_detail = ("lift",)

    @display(description="State", label={"in force": "danger", "over": "success"})
    def state(self, obj: CheckoutPause) -> str:
        """Tell whether the pause is in force or over."""
        return "in force" if obj.is_in_force else "over"

    @action(description="Lift", permissions=["act"], icon="play_arrow")
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the workspace buy again at once."""
        pause = get_object_or_404(CheckoutPause.objects.select_related("workspace"), pk=key_of(object_id))

        def act(form: ReasonForm) -> str:
            card_testing.lift(pause, by=operator_of(request), reason=form.cleaned_data["reason"])
            return f"{pause.workspace} can buy again."

        return run_action_form(
            request,
            self,
            pause,
            ReasonForm(request.POST or None),
            title=f"Let {pause.workspace} buy again",
            explanation=f"{pause.declines} cards were declined within an hour. Check the declines and who caused "
            "them before you lift this; the count starts over.",
            button="Lift",
            act=act,
        )


class DeclineInline(ReadOnlyInline):
    """Declined cards of a payment page."""

    model = Decline
    fields = ("created_at", "id", "reason")
    readonly_fields = fields
    show_change_link = False


@admin.register(PaymentPage)
class PaymentPageAdmin(ReadOnlyAdmin):
    """Stripe's pages on which a card can be entered."""

    list_display = ("created_at", "workspace", "user", "network", "purchase", "done_at")
    list_filter = ("created_at",)
    list_select_related = ("workspace", "user", "purchase")
    search_fields = ("session__exact", "network__startswith", "purchase__payment_intent__exact")
    inlines = (DeclineInline,)


@admin.register(Decline)
class DeclineAdmin(ReadOnlyAdmin):
    """Cards that banks declined on payment pages."""

    list_display = ("created_at", "workspace", "reason", "page")
    list_filter = ("reason", "created_at")
    list_select_related = ("workspace", "page")
    search_fields = ("id__exact",)
    search_through = ("page",)
