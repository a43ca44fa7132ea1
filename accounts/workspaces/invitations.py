"""Invitations to a workspace: sent by mail, sent again, withdrawn, accepted."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Lower, Now
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent, Invitation, Membership, Role, User, Workspace
from core import mail
from core.errors import Refusal

LIFETIME: Final = timedelta(days=7)
MAX_SECRET: Final = 64
MAX_OPEN: Final = 50
MAX_PER_DAY: Final = 40
SENT: Final = "invitation.sent"
ACCEPTED: Final = "invitation.accepted"
WITHDRAWN: Final = "invitation.withdrawn"
LETTER: Final = mail.Letter(
    "{inviter} invites you to {workspace} on {SITE_NAME}",
    "Join {workspace}",
    "{inviter} ({inviter_email}) invites you to make images together, as {role}.",
    label="See the invitation",
    href="{link}",
    note="It is for {email} and works for 7 days. If you don't know {inviter}, ignore this email.",
)


class InvitationRefused(Refusal):
    """This person can't be invited to this workspace."""

    code = "invitation_refused"
    status = 409


class NotForYou(Refusal):
    """The invitation was sent to another address."""

    code = "invitation_not_for_you"
    status = 403


def invite(
    workspace: Workspace, email: str, role: Role, *, by: Membership, request: HttpRequest | None = None
) -> Invitation:
    """Invite somebody by mail; an open invitation gets a new link and the new role.

    Raises:
        InvitationRefused: the person is already a member, the role can't be given, `by` is no admin, or there
            were too many invitations lately.
    """
    email = email.lower()
    if not by.may(Role.ADMIN) or role is Role.OWNER:
        raise InvitationRefused(
            "Only admins can invite people, as admins, members or viewers. Nobody was invited.", param="role"
        )
    if Membership.objects.filter(workspace=workspace, user__email=email).exists():
        raise InvitationRefused(f"{email} is already in this workspace.", param="email")
    secret = secrets.token_urlsafe(32)
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        _within_limits(workspace, email)
        invitation, _ = Invitation.objects.update_or_create(
            workspace=workspace,
            email=email,
            accepted_at=None,
            defaults={
                "role": role,
                "digest": _digest(secret),
                "invited_by": by.user,
                "expires_at": Now() + LIFETIME,
            },
        )
        audit.record(
            SENT,
            workspace=workspace,
            actor=by.user,
            target=invitation.public_id,
            detail={"role": role},
            request=request,
        )
    try:
        mail.send_now(LETTER, email, _words(invitation, secret))
    except OSError as down:
        raise InvitationRefused(
            "The invitation was created, but the email could not be sent. Send it again in a few minutes."
        ) from down
    return invitation


def send_again(invitation: Invitation, *, by: Membership, request: HttpRequest | None = None) -> Invitation:
    """Mail a new link that lasts as long as the first did; the old link stops working."""
    return invite(invitation.workspace, invitation.email, Role(invitation.role), by=by, request=request)


def withdraw(invitation: Invitation, *, by: Membership, request: HttpRequest | None = None) -> None:
    """Withdraw the invitation: its link stops working."""
    with transaction.atomic():
        audit.record(
            WITHDRAWN,
            workspace=invitation.workspace,
            actor=by.user,
            target=invitation.public_id,
            request=request,
        )
        invitation.delete()


def find(secret: str) -> Invitation | None:
    """Find the open invitation behind a mailed link, with its workspace; None if there is none any more."""
    if not secret or len(secret) > MAX_SECRET:
        return None
    return (
        Invitation.objects.select_related("workspace", "invited_by")
        .filter(digest=_digest(secret), accepted_at=None, expires_at__gt=Now())
        .first()
    )


def is_for(invitation: Invitation, user: User) -> bool:
    """Return whether the invitation was sent to one of the user's confirmed addresses."""
    mine = EmailAddress.objects.annotate(lower=Lower("email")).filter(user=user, verified=True)
    return bool(mine.filter(lower=invitation.email).exists())


def accept(invitation: Invitation, user: User, *, request: HttpRequest | None = None) -> Membership:
    """Join the workspace. Accepting twice is harmless; an existing member keeps the present role.

    Raises:
        NotForYou: it was sent to another address, or is no longer open.
    """
    if not is_for(invitation, user):
        raise NotForYou(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    with transaction.atomic():
        taken = Invitation.objects.filter(
            pk=invitation.pk, digest=invitation.digest, accepted_at=None, expires_at__gt=Now()
        ).update(accepted_at=Now())
        if not taken:
            raise NotForYou("This invitation is no longer open. Ask for a new one.")
        invitation.refresh_from_db(fields=["role"])
        place, _ = Membership.objects.get_or_create(
            workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
        )
        audit.record(
            ACCEPTED,
            workspace=invitation.workspace,
            actor=user,
            target=invitation.public_id,
            detail={"role": place.role},
            request=request,
        )
    return place


def _within_limits(workspace: Workspace, email: str) -> None:
    waiting = workspace.invitations.filter(accepted_at=None).exclude(email=email).count()
    lately = AuditEvent.objects.filter(
        workspace=workspace, action=SENT, created_at__gt=timezone.now() - timedelta(days=1)
    ).count()
    if waiting >= MAX_OPEN or lately >= MAX_PER_DAY:
        raise InvitationRefused(
            f"A workspace can send {MAX_PER_DAY} invitations a day and have {MAX_OPEN} open. "
            "Nobody was invited; withdraw some, or try again tomorrow."
        )


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _words(invitation: Invitation, secret: str) -> dict[str, str]:
    inviter = invitation.invited_by
    return {
        "inviter": inviter.display_name,
        "inviter_email": inviter.email,
        "workspace": invitation.workspace.name,
        "role": invitation.noun,
        "link": settings.BASE_URL + reverse("invitation_link", args=[secret]),
    }
