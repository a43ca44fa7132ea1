"""Revocation of all access created since a moment, for users who recover their account."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import Q
from django.http import HttpRequest

from accounts import audit, tokens
from accounts.models import AuditEvent, Invitation, Membership, Role, User
from accounts.workspaces.invitations import ACCEPTED, LIFETIME, WITHDRAWN


def revoke_since(user: User, moment: datetime, *, request: HttpRequest) -> dict[str, Any]:
    """End what `user` created since then, inside the caller's transaction.

    This covers ways to sign in, tokens, open invitations, and the memberships of those who joined by one of
    them. A workspace that was handed to such a guest is the user's again.

    Returns:
        What was ended, for the audit trail.
    """
    return {
        "sign_in_methods_removed": _remove_sign_in_methods(user, moment),
        "tokens_revoked": tokens.revoke_made_since(user, moment, request=request),
        "members_removed": _remove_guests(user, moment, request),
        "invitations_withdrawn": _withdraw_invitations(user, moment, request),
    }


def _remove_sign_in_methods(user: User, moment: datetime) -> list[str]:
    made = Authenticator.objects.filter(user=user, created_at__gte=moment)
    kinds = sorted(made.values_list("type", flat=True))
    made.delete()
    return kinds


def _remove_guests(user: User, moment: datetime, request: HttpRequest) -> list[str]:
    accepted_invitations = Invitation.objects.filter(
        invited_by=user, accepted_at__gte=moment, expires_at__gte=moment + LIFETIME
    )
    targets = [invitation.public_id for invitation in accepted_invitations]
    accepted_events = AuditEvent.objects.filter(action=ACCEPTED, target__in=targets, created_at__gte=moment)
    pairs = Q(pk=None)
    for workspace, guest in accepted_events.values_list("workspace", "actor"):
        pairs |= Q(workspace=workspace, user=guest, created_at__gte=moment)
    memberships = list(
        Membership.objects.filter(pairs).exclude(user=user).select_related("workspace", "user")
    )
    Membership.objects.filter(pk__in=[membership.pk for membership in memberships]).delete()
    owned = [membership.workspace for membership in memberships if membership.role == Role.OWNER]
    Membership.objects.filter(user=user, workspace__in=owned).update(role=Role.OWNER)
    entries = [
        (membership.workspace, membership.user.public_id, {"role": membership.role})
        for membership in memberships
    ]
    audit.record_all("member.removed", entries, actor=user, request=request)
    return [target for _, target, _ in entries]


def _withdraw_invitations(user: User, moment: datetime, request: HttpRequest) -> list[str]:
    sent = Invitation.objects.filter(invited_by=user, accepted_at=None, expires_at__gte=moment + LIFETIME)
    entries = [(one.workspace, one.public_id, {"role": one.role}) for one in sent.select_related("workspace")]
    sent.delete()
    audit.record_all(WITHDRAWN, entries, actor=user, request=request)
    return [target for _, target, _ in entries]
