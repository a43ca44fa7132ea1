"""The operators' refund page: what is left, then exactly what will move, then the refund itself."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from accounts.admin_base import ReasonForm, integer_field, operator_of, switch_field
from billing.models import Purchase, Refund, RefundRequest, RefundStatus
from billing.models.refund_request import RefundAmount
from billing.refunds import approval, limit
from billing.refunds import plan as refund_plans
from billing.refunds.plan import RefundPlan, Remainder
from core.errors import Refusal
from core.wording import in_words, money

HOW = "Choose one way: all that is left, a number of credits, or an amount of money."


class RefundForm(ReasonForm):
    """Form for a refund in exactly one of three ways, with the reason."""

    whole = switch_field("All that is left")
    credits = integer_field(
        "Or credits to take back", minimum=1, help_text="Their price goes back, tax included."
    )
    amount = forms.DecimalField(
        label="Or an amount to pay back",
        required=False,
        min_value=Decimal("0.01"),
        max_digits=9,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"step": "0.01"}),
        help_text="In the purchase's currency, for example 12.50. The credits follow from it.",
    )
    # One form makes one refund, however often it is sent.
    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ("whole", "credits", "amount", "reason", "key", "seen")

    def clean(self) -> dict[str, Any]:
        """Require exactly one way."""
        said: dict[str, Any] = super().clean() or {}
        given = [name for name in ("whole", "credits", "amount") if said.get(name)]
        if len(given) != 1 and not {"credits", "amount"} & set(self.errors):
            more = f" {len(given)} were filled in." if given else ""
            self.add_error(None, f"{HOW}{more} Nothing was changed.")
        return said

    def way(self) -> RefundAmount:
        """Return the chosen way, with money in whole cents."""
        said = self.cleaned_data
        cents = int(said["amount"].scaleb(2)) if said["amount"] else None
        return RefundAmount(said["credits"] or None, cents, whole=said["whole"])


def refund_page(request: HttpRequest, model_admin: ModelAdmin, purchase: Purchase) -> HttpResponse:
    """Show the form, then the numbers of the refund asked for, and do exactly what was shown."""
    back = reverse("admin:billing_purchase_change", args=[purchase.pk])
    form = RefundForm(request.POST or None, initial={"key": str(uuid4())})
    plan: RefundPlan | None = None
    if request.method == "POST" and form.is_valid():
        done = approval.earlier(form.cleaned_data["key"])
        try:
            if done is None:
                plan = refund_plans.make_plan(purchase, form.way())
                done = _do(request, purchase, form, plan)
        except Refusal as refusal:
            form.add_error(None, refusal.detail)
            plan = None
        if done is not None:
            messages.success(request, _said(done, purchase))
            return HttpResponseRedirect(back)
    room = limit.remaining_limit(purchase)
    disputes = list(purchase.disputes.all())
    return TemplateResponse(
        request,
        "admin/refund.html",
        {
            **admin.site.each_context(request),
            "title": f"Refund {purchase} of {purchase.workspace}",
            "opts": model_admin.opts,
            "original": purchase,
            "back": back,
            "form": form,
            "facts": _facts(purchase, refund_plans.remainder(purchase), room),
            "plan": plan,
            "asks": plan is not None and plan.amount > room,
            "currency": purchase.currency,
            "is_disputed": any(one.is_undecided and not one.is_refundable for one in disputes),
            "is_inquired": any(one.is_undecided and one.is_refundable for one in disputes),
            "waiting": RefundRequest.objects.filter(purchase=purchase, status="waiting").first(),
            "button": _button(purchase, plan, room),
        },
    )


def _do(
    request: HttpRequest, purchase: Purchase, form: RefundForm, plan: RefundPlan
) -> Refund | RefundRequest | None:
    """Act if the operator has seen these numbers; otherwise have them shown, and return None."""
    if form.cleaned_data["seen"] != plan.mark:
        form.data = {**request.POST.dict(), "seen": plan.mark}
        return None
    return approval.refund_or_request(
        purchase,
        form.way(),
        seen=plan,
        reason=form.cleaned_data["reason"],
        operator=operator_of(request),
        request_key=form.cleaned_data["key"],
    )


def _facts(purchase: Purchase, left: Remainder, room: int) -> list[tuple[str, str]]:
    """Describe what is left of the purchase as pairs of label and value."""
    whole = max(0, left.credits - left.available)
    debt = f"{in_words(whole)} of {in_words(left.credits)}" if whole else "Nothing"
    if left.debt:
        debt = f"{debt}, on top of {in_words(left.debt)} already owed"
    tax = f", {money(purchase.tax, purchase.currency)} of it tax" if purchase.tax else ""
    return [
        ("Paid", f"{money(purchase.total, purchase.currency)} for {in_words(purchase.credits)}{tax}"),
        ("Can still be refunded", f"{money(left.amount, purchase.currency)}, {in_words(left.credits)}"),
        ("Unspent", f"{in_words(left.unspent)}, first in, first out"),
        ("The workspace can spend now", in_words(left.available)),
        ("Would become debt if all of it were refunded", debt),
        ("You alone can refund now", f"{money(room, purchase.currency)}; more waits for a second operator"),
    ]


def _button(purchase: Purchase, plan: RefundPlan | None, room: int) -> str:
    if plan is None:
        return "Preview"
    verb = "Pay back" if plan.amount <= room else "Ask a second operator for"
    return f"{verb} {money(plan.amount, purchase.currency)}"


def _said(done: Refund | RefundRequest, purchase: Purchase) -> str:
    """Describe the outcome in a sentence."""
    amount, credits = money(done.amount, purchase.currency), in_words(done.credits)
    if isinstance(done, RefundRequest):
        return f"{amount} wait for a second operator to agree. Nothing has moved yet."
    if done.status == RefundStatus.PENDING:
        return f"{credits} were taken back; {amount} will go back automatically as soon as Stripe answers."
    return f"{amount} go back to the customer, {credits} were taken back."
