"""Appeals for operators: open ones first, with everything a decision needs on one page."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F, OrderBy, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html_join
from django.utils.timesince import timesince
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.admin_base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    integer_field,
    key_of,
    operator_of,
    run_action_form,
    switch_field,
)
from generation.media import urls
from generation.models import (
    Appeal,
    AppealDecision,
    AppealStatus,
    Attempt,
    Generation,
    Image,
    ImageStatus,
    Outcome,
    Reference,
)
from generation.moderation import appeal_decisions
from generation.moderation.appeal_decisions import MOST_CREDITS
from generation.moderation.refusals import MODERATED, RefusalText

STATUS_COLORS = {"open": "warning", "upheld": "info", "overturned": "success"}
NO_CREDITS = "You can't give credits; ask an operator who manages wallets."


class DecisionForm(forms.Form):
    """The reason for a decision, which the person who appealed reads."""

    reason = forms.CharField(
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="The person who appealed reads this, by email and on the card.",
    )


class OverturnForm(DecisionForm):
    """The reason, and what follows: nothing by default."""

    allow = switch_field(
        "Let these words pass our own check in this workspace",
        help_text="Only with the same references. The maker's own check still applies.",
    )
    credits = integer_field(
        "Goodwill credits", minimum=0, help_text=f"At most {MOST_CREDITS:,}; empty gives none."
    )

    def __init__(self, *args: Any, may_give: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.may_give = may_give

    def clean_credits(self) -> int:
        credits = self.cleaned_data["credits"] or 0
        if credits > MOST_CREDITS:
            raise forms.ValidationError(
                f"{MOST_CREDITS:,} is the maximum; use the wallet's own form to give more."
            )
        if credits and not self.may_give:
            raise forms.ValidationError(NO_CREDITS)
        return int(credits)


class DecisionInline(ReadOnlyInline):
    model = AppealDecision
    fields = ("created_at", "verdict", "reason", "credits", "is_allowed", "decided_by")
    readonly_fields = fields
    show_change_link = False


@admin.register(Appeal)
class AppealAdmin(ReadOnlyAdmin):
    list_display = ("state", "age", "workspace", "words", "stage", "categories", "stopped_by")
    list_filter = ("status", "created_at")
    search_through = ("generation",)
    inlines = (DecisionInline,)
    actions_detail = ("overturn", "uphold")
    fieldsets = (
        (None, {"fields": ("state", "age", "workspace", "asked_by", "sentence")}),
        ("What was asked for", {"fields": ("prompt", "sent", "references", "chosen", "generation")}),
        ("What stopped it", {"fields": ("stopped_by", "stage", "categories", "said")}),
        ("The letter", {"fields": ("decided_at", "told_at")}),
    )
    readonly_fields = tuple(name for _, options in fieldsets for name in options["fields"])

    def get_queryset(self, request: HttpRequest) -> QuerySet[Appeal]:
        refused = Image.objects.filter(status=ImageStatus.FAILED, reason__in=MODERATED).order_by("index")
        return (
            super()
            .get_queryset(request)
            .select_related("workspace", "created_by", "token", "generation__model__provider")
            .prefetch_related(Prefetch("generation__images", refused, to_attr="refused"))
        )

    def get_ordering(self, request: HttpRequest) -> tuple[OrderBy | str, ...]:
        """Return open appeals first, the oldest on top, then the decided ones, the latest on top."""
        return (F("decided_at").desc(nulls_first=True), "created_at")

    @display(description="Status", label=STATUS_COLORS)
    def state(self, obj: Appeal) -> str:
        return obj.status

    @display(description="Waiting since", ordering="created_at")
    def age(self, obj: Appeal) -> str:
        return timesince(obj.created_at, obj.decided_at, depth=1) + ("" if obj.is_open else ", answered")

    @display(description="Asked by")
    def asked_by(self, obj: Appeal) -> str:
        return str(obj.created_by or (f"token {obj.token.name}" if obj.token else "nobody in particular"))

    @display(description="Prompt")
    def words(self, obj: Appeal) -> str:
        return obj.generation.prompt[:80]

    @display(description="Prompt")
    def prompt(self, obj: Appeal) -> str:
        return obj.generation.prompt

    @display(description="As it was sent")
    def sent(self, obj: Appeal) -> str:
        same = obj.generation.sent_prompt == obj.generation.prompt
        return "The same" if same else obj.generation.sent_prompt

    @display(description="Model")
    def chosen(self, obj: Appeal) -> str:
        return obj.generation.model.label

    @display(description="References")
    def references(self, obj: Appeal) -> str:
        wanted = obj.generation.references
        found = Reference.objects.filter(workspace_id=obj.workspace_id, pk__in=wanted)
        rows = ((urls.signed_url(one, urls.Variant.THUMBNAIL), one.name) for one in found)
        shown = format_html_join(" ", '<img src="{}" height="120" alt="{}">', rows)
        return shown or ("Deleted since" if wanted else "No references")

    @display(description="Stopped by")
    def stopped_by(self, obj: Appeal) -> str:
        told = _told(obj.generation)
        return told.who if told else ""

    @display(description="Stage")
    def stage(self, obj: Appeal) -> str:
        told = _told(obj.generation)
        return told.when if told else ""

    @display(description="Categories")
    def categories(self, obj: Appeal) -> str:
        told = _told(obj.generation)
        return (told.why or "none named") if told else ""

    @display(description="Provider's words")
    def said(self, obj: Appeal) -> str:
        attempts = Attempt.objects.filter(image__generation=obj.generation, outcome=Outcome.REFUSED)
        return "\n".join(dict.fromkeys(attempts.values_list("error", flat=True))) or "It was not asked."

    @action(description="The block stands", permissions=["act"], icon="block")
    def uphold(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Uphold the block, giving a reason."""
        appeal = _open(object_id)

        def act(form: DecisionForm) -> str:
            appeal_decisions.uphold(appeal, operator_of(request), reason=form.cleaned_data["reason"])
            return "The block stands; the email is on its way."

        return run_action_form(
            request, self, appeal, DecisionForm(request.POST or None),
            title="The block stands",
            explanation="Nothing was charged and nothing is given. The person who appealed is told your reason.",
            button="The block stands", act=act,
        )  # fmt: skip

    @action(description="The block was wrong", permissions=["act"], icon="check")
    def overturn(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Overturn the block, giving a reason and what follows from it."""
        appeal = _open(object_id)
        may_give = request.user.has_perm("billing.change_wallet")

        def act(form: OverturnForm) -> str:
            said = form.cleaned_data
            appeal_decisions.overturn(
                appeal,
                operator_of(request),
                reason=said["reason"],
                credits=said["credits"],
                allow=said["allow"],
            )
            return "The block was wrong; the email is on its way."

        return run_action_form(
            request, self, appeal, OverturnForm(request.POST or None, may_give=may_give),
            title="The block was wrong",
            explanation="Nothing was charged. By default nothing else follows; the person who appealed is told your reason.",
            button="The block was wrong", act=act,
        )  # fmt: skip


def badge(request: HttpRequest) -> str | None:
    """Count the appeals that wait for a decision, for the sidebar.

    Returns:
        The number as text; None if no appeal is open.
    """
    waiting = Appeal.objects.filter(status=AppealStatus.OPEN).count()
    return str(waiting) if waiting else None


def _open(object_id: str) -> Appeal:
    found = Appeal.objects.select_related("workspace", "generation")
    return get_object_or_404(found, pk=key_of(object_id))


def _told(generation: Generation) -> RefusalText | None:
    """Describe the refusal of a generation.

    There is only one: images that were refused are not retried.
    """
    refused = getattr(generation, "refused", [])
    model = generation.model
    return (
        RefusalText(refused[0], model.label, model.provider.name, bool(generation.references))
        if refused
        else None
    )
