"""Admin of workspaces, tokens and the audit trail; people are in `accounts.admin.people`."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from unfold.decorators import action

from accounts import audit
from accounts.admin import people
from accounts.admin_base import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReasonForm,
    key_of,
    operator_of,
    run_action_form,
)
from accounts.models import AddressChange, ApiToken, AuditEvent, Client, Invitation, Membership, Workspace
from accounts.workspaces import workspaces


class MembershipsOfWorkspace(ReadOnlyInline):
    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields


@admin.register(Workspace)
class WorkspaceAdmin(ReadOnlyAdmin):
    list_display = ("name", "slug", "mode", "created_at", "suspended_at")
    list_filter = ("mode", "suspended_at", "created_at")
    search_fields = ("name", "slug")
    inlines = (MembershipsOfWorkspace,)
    actions_detail = ("suspend", "resume")

    @action(description="Suspend", permissions=["act"], icon="block")
    def suspend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Stop the workspace's spending; viewing and downloading go on."""
        return self._set_suspended(
            request, object_id, suspended=True, title="Suspend this workspace",
            explanation="Its members can still view and download images, but spend nothing until it is resumed.",
        )  # fmt: skip

    @action(description="Resume", permissions=["act"], icon="play_arrow")
    def resume(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let the workspace spend again."""
        return self._set_suspended(
            request,
            object_id,
            suspended=False,
            title="Resume this workspace",
            explanation="It can spend its credits again.",
        )

    def _set_suspended(
        self, request: HttpRequest, object_id: str, *, suspended: bool, title: str, explanation: str
    ) -> HttpResponse:
        workspace = get_object_or_404(Workspace, pk=key_of(object_id))

        def act(form: ReasonForm) -> str:
            workspaces.suspend(workspace, since=timezone.now() if suspended else None)
            audit.record(
                "workspace.suspended" if suspended else "workspace.resumed",
                workspace=workspace,
                actor=operator_of(request),
                target=workspace.public_id,
                detail={"reason": form.cleaned_data["reason"]},
                request=request,
            )
            return f"{workspace} is {'suspended' if suspended else 'resumed'}."

        return run_action_form(
            request, self, workspace, ReasonForm(request.POST or None),
            title=title, explanation=explanation, button=title, act=act,
        )  # fmt: skip


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "prefix", "workspace", "is_test", "last_used_at", "expires_at", "revoked_at")
    list_filter = ("is_test", "revoked_at")
    list_select_related = ("workspace",)
    search_fields = ("name", "prefix__startswith")
    exclude = ("digest", "previous_digest")


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin):
    list_display = ("workspace", "partner", "external_id", "monthly_allowance", "closed_at")
    list_select_related = ("workspace", "partner")
    list_filter = (("closed_at", admin.EmptyFieldListFilter),)
    search_fields = ("workspace__name", "external_id")
    ordering = ("-pk",)


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("email", "workspace", "role", "invited_by", "created_at", "accepted_at")
    list_select_related = ("workspace", "invited_by")
    search_fields = ("email",)
    exclude = ("digest",)


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "action", "target", "workspace", "actor", "address")
    list_filter = ("action", "created_at")
    list_select_related = ("workspace", "actor")
    search_fields = ("target__exact",)
    # As the ids: the table has no index by time alone.
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return super().get_queryset(request).select_related("workspace", "actor")


@admin.register(AddressChange)
class AddressChangeAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "user", "old_email", "new_email", "made_by", "closed_at")
    list_filter = ("created_at",)
    list_select_related = ("user",)
    search_fields = ("old_email", "new_email")
