"""The operators' page to write off a debt: what is owed, then exactly what will move, then the writing off itself."""

from uuid import uuid4

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin

from accounts.admin_base import ReasonForm, integer_field, operator_of
from billing.approvals import credit_adjustments
from billing.models import CreditRequest
from billing.models.credit_request import Purpose
from billing.models.ledger import Wallet
from core.errors import Refusal
from core.wording import in_words


class WriteOffForm(ReasonForm):
    """Form for the credits that need not be paid any more, with the reason."""

    credits = integer_field(
        "Credits to write off", minimum=1, maximum=credit_adjustments.MOST, help_text="At most what is owed."
    )
    # One form writes off once, however often it is sent.
    key = forms.CharField(widget=forms.HiddenInput, max_length=80)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ("credits", "reason", "key", "seen")

    def clean_credits(self) -> int:
        """Require a number."""
        value: int | None = self.cleaned_data["credits"]
        if value is None:
            raise forms.ValidationError("Enter how many credits of the debt to write off.")
        return value


def write_off_page(request: HttpRequest, model_admin: ModelAdmin, wallet: Wallet) -> HttpResponse:
    """Show what is owed and what would be written off, and do it once the operator has seen those numbers."""
    back = reverse("admin:billing_wallet_change", args=[wallet.pk])
    room = credit_adjustments.remaining_limit(operator_of(request))
    form = WriteOffForm(request.POST or None, initial={"key": str(uuid4()), "credits": wallet.debt or None})
    preview = ""
    if request.method == "POST" and form.is_valid():
        credits, key = form.cleaned_data["credits"], form.cleaned_data["key"]
        seen = f"{credits} of {wallet.debt} within {credits <= room}"
        if credit_adjustments.was_sent(Purpose.WRITE_OFF, key) or form.cleaned_data["seen"] == seen:
            try:
                waits = _do(request, wallet, form)
            except Refusal as refusal:
                form.add_error(None, refusal.detail)
            else:
                messages.success(request, _said(waits, credits, wallet))
                return HttpResponseRedirect(back)
        elif credits > wallet.debt:
            form.add_error("credits", f"The debt is {in_words(wallet.debt)}. Nothing was changed.")
        else:
            preview = write_off_effect(wallet.debt, credits)
            form.data = {**request.POST.dict(), "seen": seen}
    return TemplateResponse(
        request,
        "admin/write_off.html",
        {
            **admin.site.each_context(request),
            "title": f"Write off the debt of {wallet.workspace}",
            "explanation": "What is written off need not be paid any more. It can't be undone. The statement shows it "
            "with your reason.",
            "opts": model_admin.opts,
            "original": wallet,
            "back": back,
            "form": form,
            "facts": [
                ("Owed", in_words(wallet.debt)),
                ("You alone can move now", f"{in_words(room)}; more waits for a second operator"),
            ],
            "preview": preview,
            "asks": preview and form.cleaned_data["credits"] > room,
            "waiting": CreditRequest.objects.filter(
                workspace=wallet.pk, purpose=Purpose.WRITE_OFF, status="waiting"
            ).first(),
            "button": _button(form.cleaned_data["credits"], room) if preview else "Preview",
        },
    )


def write_off_effect(debt: int, credits: int) -> str:
    """Describe what writing off so much of a debt does."""
    if credits > debt:
        return f"The debt is only {in_words(debt)}, so it can't be approved now."
    if credits == debt:
        return f"{in_words(credits)} of debt are written off. Nothing is owed then, and spending goes on."
    left = in_words(debt - credits)
    return f"{in_words(credits)} of debt are written off. {left} are still owed, which blocks spending as before."


def _do(request: HttpRequest, wallet: Wallet, form: WriteOffForm) -> CreditRequest | None:
    return credit_adjustments.write_off_or_request(
        wallet.workspace,
        form.cleaned_data["credits"],
        reason=form.cleaned_data["reason"],
        operator=operator_of(request),
        request_key=form.cleaned_data["key"],
        request=request,
    )


def _button(credits: int, room: int) -> str:
    return f"{'Write off' if credits <= room else 'Ask a second operator for'} {in_words(credits)}"


def _said(waits: CreditRequest | None, credits: int, wallet: Wallet) -> str:
    if waits:
        return f"{waits} wait for a second operator to agree. Nothing has moved yet."
    return f"{in_words(credits)} of debt of {wallet.workspace} are written off."
