"""Our own moderation for operators: its rules, its verdicts, and who is behind a safety identifier."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from unfold.decorators import action, display

from accounts.admin_base import EditableAdmin, ReadOnlyAdmin
from generation.models import CheckRule, EndUser, PreCheck
from generation.moderation import refusals

VERDICTS = {"passed": "success", "blocked": "danger", "unanswered": "warning", "excused": "info"}


@admin.register(CheckRule)
class CheckRuleAdmin(EditableAdmin):
    """The certainty from which each category blocks.

    The endpoint defines the list, so rows are neither added nor deleted.
    """

    list_display = ("category", "in_words", "blocks_at")
    list_editable = ("blocks_at",)

    @display(description="In words")
    def in_words(self, obj: CheckRule) -> str:
        return refusals.category_label(obj.category)

    def get_readonly_fields(self, request: HttpRequest, obj: CheckRule | None = None) -> tuple[str, ...]:
        return ("category",) if obj else ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: CheckRule | None = None) -> bool:
        return False


@admin.register(PreCheck)
class PreCheckAdmin(ReadOnlyAdmin):
    list_display = ("begun_at", "workspace", "state", "found", "error")
    list_filter = ("verdict", "begun_at")
    list_select_related = ("workspace",)
    search_through = ("generation",)
    raw_id_fields = ("generation",)
    exclude = ("asker", "waiting")
    ordering = ("-generation_id",)

    @display(description="Verdict", label=VERDICTS)
    def state(self, obj: PreCheck) -> str:
        return obj.verdict or "asking"

    @display(description="Stopped for")
    def found(self, obj: PreCheck) -> str:
        return refusals.categories_phrase(obj.categories)


@admin.register(EndUser)
class EndUserAdmin(ReadOnlyAdmin):
    """The person behind each `safety_identifier` that we sent: providers report abuse by it."""

    list_display = ("identifier", "workspace", "suspended", "person", "token", "created_at")
    list_select_related = ("workspace", "person", "token")
    search_fields = ("identifier__exact",)
    search_help_text = "The safety_identifier that a provider reports, a workspace or an address."
    actions_detail = ("suspend",)

    @display(description="Suspended", label={"suspended": "danger"})
    def suspended(self, obj: EndUser) -> str:
        return "suspended" if obj.workspace.suspended_at else ""

    @action(description="Suspend its workspace", permissions=["act"], icon="block")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Redirect to the one form that suspends the workspace; it checks permission again."""
        found = get_object_or_404(EndUser, pk=object_id)
        return HttpResponseRedirect(
            reverse("admin:accounts_workspace_suspend", kwargs={"object_id": found.workspace_id})
        )
