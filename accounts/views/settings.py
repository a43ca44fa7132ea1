"""A person's own settings: name, ways to sign in, sessions."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts import audit
from accounts.access import require_login
from accounts.models import User
from accounts.requests import MemberRequest
from accounts.sessions.user_agents import describe
from accounts.workspaces import names
from core.errors import Refusal
from core.form_targets import takes_forms

THEMES = (("light", "Light"), ("dark", "Dark"), ("system", "Same as system"))


@require_safe
@require_login
def settings(request: MemberRequest) -> HttpResponse:
    """Show all of one's own settings on one page."""
    by_type: dict[str, list[Authenticator]] = {}
    for one in Authenticator.objects.filter(user=request.user).order_by("created_at"):
        by_type.setdefault(one.type, []).append(one)
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return render(
        request,
        "settings/page.html",
        {
            "passkeys": by_type.get(Authenticator.Type.WEBAUTHN, []),
            "app": next(iter(by_type.get(Authenticator.Type.TOTP, [])), None),
            "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
            "themes": THEMES,
            "sessions": _sessions(request.user, request.session),
        },
    )


@takes_forms
@require_login
def profile(request: MemberRequest) -> HttpResponse:
    """Change one's own name."""
    try:
        name = names.clean(request.POST.get("name", "")[:200], most=100)
    except Refusal as refusal:
        messages.error(request, refusal.detail)
        return redirect("settings")
    User.objects.filter(pk=request.user.pk).update(name=name)
    messages.success(request, "Your name was changed.")
    return redirect("settings")


@takes_forms
@require_login
def end_session(request: MemberRequest, session: int) -> HttpResponse:
    """Sign out one other browser."""
    found = get_object_or_404(UserSession, user=request.user, pk=session)
    if found.session_key != request.session.session_key:
        found.end()
        audit.record("session.ended", target=request.user.public_id, request=request)
        messages.success(request, f"{describe(found.user_agent).name} was signed out.")
    return redirect("settings")


@takes_forms
@require_login
def end_other_sessions(request: MemberRequest) -> HttpResponse:
    """Sign out every browser but this one."""
    others = UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)
    for one in others:
        one.end()
    audit.record("session.ended_others", target=request.user.public_id, request=request)
    messages.success(request, "All other browsers were signed out.")
    return redirect("settings")


@require_safe
@require_login
def to_settings(request: HttpRequest) -> HttpResponse:
    """Redirect from allauth's own lists, which the settings page shows."""
    return redirect("settings")


def _sessions(user: User, current: SessionBase) -> list[UserSession]:
    """List open sessions, this one first, then the latest seen, and delete those that have ended."""
    found: list[UserSession] = UserSession.objects.purge_and_list(user)
    for one in found:
        one.device = describe(one.user_agent)
        one.here = one.session_key == current.session_key
    return sorted(found, key=lambda one: (not one.here, -one.last_seen_at.timestamp()))
