"""Admin of people and groups: only superusers change operators' rights, never their own; all is audited.

Opening one of these pages to write requires fresh proof: a stolen session makes no operator.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import QuerySet
from django.forms import ModelForm, ValidationError
from django.http import HttpRequest, HttpResponse
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts import audit
from accounts.admin_base import ReadOnlyInline, ReauthenticatedAdmin, key_of, operator_of
from accounts.auth import email_changes, reauthentication
from accounts.models import Membership, User

admin.site.unregister(Group)

RIGHTS = ("is_staff", "is_superuser", "groups")


class AddressForm(UserChangeForm):
    """A user form that refuses an address which somebody else has or may still restore."""

    def clean_email(self) -> str:
        """Return the address in lower case, as it is stored."""
        email = str(self.cleaned_data["email"]).lower()
        if email != self.initial.get("email") and email_changes.is_taken(self.instance, email):
            raise ValidationError("Another account uses this address, or can still change back to it.")
        return email


class MembershipsOfUser(ReadOnlyInline):
    model = Membership
    fields = ("workspace", "role", "created_at")
    readonly_fields = fields


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ReauthenticatedAdmin):
    """Groups and their permissions, managed by superusers."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return operator_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return operator_of(request).is_superuser

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Save the permissions, and audit them before and after."""
        group = form.instance
        before = _facts(group) if change else {}
        if change:
            before["name"] = form.initial["name"]
        super().save_related(request, form, formsets, change)
        changes = _changes(before, _facts(group))
        if changes:
            audit.record(
                "group.changed" if change else "group.added",
                target=f"group:{group.pk}",
                detail=changes,
                request=request,
            )

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        """Delete the group, and audit the permissions that it had."""
        self._note_deleted(request, [obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """Delete many groups as `delete_model` does."""
        with transaction.atomic():
            self._note_deleted(request, list(queryset))
            super().delete_queryset(request, queryset)

    def _note_deleted(self, request: HttpRequest, groups: Sequence[Group]) -> None:
        lines = [(None, f"group:{group.pk}", _facts(group)) for group in groups]
        audit.record_all("group.deleted", lines, actor=operator_of(request), request=request)


@admin.register(User)
class UserAdmin(BaseUserAdmin, ReauthenticatedAdmin):
    """All users; an operator's row is changed by superusers only, and nobody's own here."""

    form = AddressForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("-date_joined",)
    list_display = ("email", "name", "is_active", "is_staff", "date_joined", "last_login")
    list_filter = ("is_staff", "is_active", "date_joined")
    search_fields = ("email", "name")
    readonly_fields = ("date_joined", "last_login")
    filter_horizontal = ("groups",)
    inlines = (MembershipsOfUser,)
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Times", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # People are deactivated, not deleted: their purchases and images name them.
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Refuse one's own row (settings have name and address), and an operator's row except to superusers."""
        if not super().has_change_permission(request, obj):
            return False
        operator = operator_of(request)
        return obj is None or (obj.pk != operator.pk and (operator.is_superuser or not _is_operator(obj)))

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Make permissions read-only for everybody but superusers."""
        kept = tuple(super().get_readonly_fields(request, obj))
        return kept if operator_of(request).is_superuser else (*kept, *RIGHTS)

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        """Save the user, audit what it was before, and change the address through its own verb."""
        if not change:
            super().save_model(request, obj, form, change)
            audit.record("user.added", target=obj.public_id, request=request)
            return
        old = User.objects.select_for_update(no_key=True).get(pk=obj.pk)
        new, obj.email = obj.email, old.email
        super().save_model(request, obj, form, change)
        if new != old.email:
            email_changes.replace(obj, new, operator=operator_of(request), request=request)
            obj.email = new
        if obj.is_active != old.is_active:
            audit.record(
                "user.reactivated" if obj.is_active else "user.deactivated",
                target=obj.public_id,
                detail=_changes({"is_active": old.is_active}, {"is_active": obj.is_active}),
                request=request,
            )
        form.rights_before = _rights(old)  # type: ignore[attr-defined]  # for save_related, behind which groups are others

    def save_related(self, request: HttpRequest, form: ModelForm, formsets: Any, change: bool) -> None:
        """Save groups and permissions, and audit the rights before and after."""
        super().save_related(request, form, formsets, change)
        changes = _changes(form.rights_before, _rights(form.instance)) if change else {}  # type: ignore[attr-defined]
        if changes:
            audit.record(
                "user.rights_changed", target=form.instance.public_id, detail=changes, request=request
            )

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002 -- Django's
        """Set somebody else's password, with a line in the audit trail."""
        if request.method == "POST" and (asked := reauthentication.redirect_if_stale(request, keep=False)):
            return asked
        with transaction.atomic():
            rows = User.objects.select_for_update(no_key=True)
            before = rows.filter(pk=key_of(id)).values_list("password", flat=True).first()
            answer = super().user_change_password(request, id, form_url)
            user = User.objects.filter(pk=key_of(id)).first()
            if user and user.password != before:
                audit.record(
                    "user.password_set",
                    target=user.public_id,
                    detail={"usable": user.has_usable_password()},
                    request=request,
                )
        return answer


def _is_operator(user: User) -> bool:
    return user.is_staff or user.is_superuser or user.groups.exists() or user.user_permissions.exists()


def _rights(user: User) -> dict[str, Any]:
    groups = sorted(user.groups.values_list("name", flat=True))
    return {"is_staff": user.is_staff, "is_superuser": user.is_superuser, "groups": groups}


def _facts(group: Group) -> dict[str, Any]:
    rights = group.permissions.values_list("content_type__app_label", "codename")
    return {"name": group.name, "permissions": sorted(f"{app}.{name}" for app, name in rights)}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: {"before": before.get(name), "after": value}
        for name, value in after.items()
        if before.get(name) != value
    }
