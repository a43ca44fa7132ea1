from allauth.account.views import (
    complete_password_reset,
    confirm_password_reset_code,
    email,
    password_set,
    signup,
    signup_by_passkey,
)
from allauth.core.internal import ratelimit
from allauth.mfa.webauthn.views import login_webauthn
from django.urls import path

from accounts.auth import password_resets, reauthentication
from accounts.sessions import device_cookie
from accounts.views import email_change_undo, invitations, members, settings, workspace
from accounts.views.reauthentication import ReauthenticateByCodeView
from accounts.views.switch import switch_workspace, switch_world

urlpatterns = [
    path("workspace", workspace.workspace, name="workspace"),
    path("workspace/rename", workspace.rename, name="workspace_rename"),
    path("workspace/new", workspace.new, name="workspace_new"),
    path("workspace/leave", workspace.leave, name="workspace_leave"),
    path("workspace/switch", switch_workspace, name="switch_workspace"),
    path("workspace/world", switch_world, name="switch_world"),
    path("workspace/members/<str:member>/role", members.change_role, name="workspace_member_role"),
    path("workspace/members/<str:member>/remove", members.remove, name="workspace_member_remove"),
    path("workspace/members/<str:member>/transfer", members.transfer, name="workspace_member_transfer"),
    path("workspace/invitations", invitations.invite, name="workspace_invite"),
    path(
        "workspace/invitations/<str:invitation>/send",
        invitations.send_again,
        name="workspace_invitation_send",
    ),
    path(
        "workspace/invitations/<str:invitation>/withdraw",
        invitations.withdraw,
        name="workspace_invitation_withdraw",
    ),
    path("invitation", invitations.invitation, name="invitation"),
    path("invitation/accept", invitations.accept, name="invitation_accept"),
    path("invitation/<str:secret>", invitations.link, name="invitation_link"),
    path("settings", settings.settings, name="settings"),
    path("settings/profile", settings.profile, name="settings_profile"),
    path("settings/sessions/end", settings.end_other_sessions, name="settings_sessions_end"),
    path("settings/sessions/<int:session>/end", settings.end_session, name="settings_session_end"),
    path("address/undo", email_change_undo.undo, name="address_undo"),
    path("address/undo/<str:secret>", email_change_undo.link, name="address_undo_link"),
    path(
        "accounts/reauthenticate/code/",
        ReauthenticateByCodeView.as_view(),
        name="account_reauthenticate_by_code",
    ),
    # Allauth's pages that require no proof, or too late; those of second factors require it themselves.
    path("accounts/email/", reauthentication.required(email), name="account_email"),
    path(
        "accounts/password/set/",
        reauthentication.required(password_set, keep=False),
        name="account_set_password",
    ),
    path(
        "accounts/password/reset/confirm/",
        password_resets.discard_outdated_codes(confirm_password_reset_code),
        name="account_confirm_password_reset_code",
    ),
    path(
        "accounts/password/reset/complete/",
        password_resets.discard_outdated_codes(complete_password_reset),
        name="account_complete_password_reset",
    ),
    # Allauth's pages where accounts are made, with a name for the browser.
    path("accounts/signup/", device_cookie.set_device_cookie(signup), name="account_signup"),
    path(
        "accounts/signup/passkey/",
        device_cookie.set_device_cookie(signup_by_passkey),
        name="account_signup_by_passkey",
    ),
    # Each visit is given a challenge, which its session keeps; allauth limits only the answers.
    path(
        "accounts/2fa/webauthn/login/",
        ratelimit.decorator(app="allauth.account", action="passkey_challenge", limit_get=True)(
            login_webauthn
        ),
        name="mfa_login_webauthn",
    ),
    # Allauth's own lists: the settings page shows their content.
    path("accounts/2fa/", settings.to_settings, name="mfa_index"),
    path("accounts/2fa/webauthn/", settings.to_settings, name="mfa_list_webauthn"),
    path("accounts/sessions/", settings.to_settings, name="usersessions_list"),
]
