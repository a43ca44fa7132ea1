"""The words of every letter that allauth sends."""

from core.mail import Letter

ASKED = (
    "Requested at {time} UTC from {device}. Not you? Ignore this email: nobody gets in without the code. "
    "We never ask for it by phone or chat."
)
DONE = (
    "Done at {time} UTC from {device}, IP address {ip}. Not you? Sign in, change your password and end all "
    "other sessions right away: {BASE_URL}/settings"
)
TYPED = "Enter it in the window where you requested it. It works once, for 10 minutes."


def _code(heading: str, foot: str = "") -> Letter:
    return Letter(
        "{spaced_code} is your {SITE_NAME} code", heading, TYPED, code="{code}", note=ASKED, foot=foot
    )


def _notice(heading: str, lead: str) -> Letter:
    return Letter(heading, heading, lead, note=DONE)


LETTERS = {
    "account/email/login_code": _code(
        "Your sign-in code", "Tired of codes? Add a passkey in your settings and sign in with a touch."
    ),
    "account/email/email_confirmation_signup": _code("Your code to get started"),
    "account/email/email_confirmation": _code("Your code to confirm this address"),
    "account/email/password_reset_code": _code("Your password reset code"),
    "account/email/proof_code": _code(
        "Your confirmation code", "Somebody signed in to your account wants to change something important. If this "
        "wasn't you, end all other sessions in your settings."
    ),
    "account/email/unknown_account": Letter(
        "No account with this address",
        "You have no account here yet",
        "Somebody, perhaps you, tried to sign in to {SITE_NAME} with {email}. No account has this address.",
        label="Create an account",
        href="{BASE_URL}/accounts/signup/",
        note="Requested at {time} UTC from {device}. Not you? Ignore this email: no account was created.",
    ),
    "account/email/account_already_exists": Letter(
        "You already have an account",
        "You already have an account",
        "Somebody, perhaps you, tried to create a {SITE_NAME} account for {email}. That account already exists.",
        label="Sign in",
        href="{BASE_URL}/accounts/login/",
        note="Requested at {time} UTC from {device}. Not you? Ignore this email: nothing was changed.",
    ),
    "account/email/email_confirm": _notice("Your address is confirmed", "Your email address was confirmed."),
    "account/email/email_deleted": _notice("An address was removed", "{deleted_email} was removed from your account."),
    "account/email/password_changed": _notice("Your password was changed", "Your account has a new password."),
    "account/email/password_reset": _notice("Your password was reset", "Your account has a new password."),
    "account/email/password_set": _notice("A password was set", "You can now sign in with a password."),
    "mfa/email/recovery_codes_generated": _notice(
        "New recovery codes", "You have a new set of recovery codes; the old ones no longer work."
    ),
    "mfa/email/totp_activated": _notice(
        "Authenticator app on", "From now on, we ask for a code from your authenticator app when you sign in."
    ),
    "mfa/email/totp_deactivated": _notice(
        "Authenticator app off", "We no longer ask for a code from your authenticator app when you sign in."
    ),
    "mfa/email/webauthn_added": _notice("Passkey added", "A passkey was added to your account."),
    "mfa/email/webauthn_removed": _notice("Passkey removed", "A passkey was removed from your account."),
}  # fmt: skip
"""By allauth's name of the mail."""
NOTICE = "accounts.notice"
"""The kind of letter that all notices of what was done are posted as."""


def write_notice(template: str, **words: str) -> Letter:
    """Build a notice that was posted."""
    return LETTERS[template].filled(words)
