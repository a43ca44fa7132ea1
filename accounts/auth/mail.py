"""The words of every letter that allauth sends."""

from core.mail import Letter

ASKED = (
    "Asked for at {time} UTC by {device}. Not you? Ignore this: nobody gets in without the code. "
    "We never ask for it by phone or chat."
)
DONE = (
    "Done at {time} UTC by {device}, address {ip}. Not you? Sign in, change your password and end all other "
    "sessions at once: {BASE_URL}/settings"
)
TYPED = "Type it in the window where you asked for it. It works once, for 10 minutes."


def _code(heading: str, foot: str = "") -> Letter:
    return Letter(
        "{spaced_code} is your {SITE_NAME} code", heading, TYPED, code="{code}", note=ASKED, foot=foot
    )


def _notice(heading: str, lead: str) -> Letter:
    return Letter(heading, heading, lead, note=DONE)


LETTERS = {
    "account/email/login_code": _code(
        "Your code to sign in", "Tired of codes? Add a passkey in your settings and sign in with a touch."
    ),
    "account/email/email_confirmation_signup": _code("Your code to begin"),
    "account/email/email_confirmation": _code("Your code to confirm this address"),
    "account/email/password_reset_code": _code("Your code for a new password"),
    "account/email/proof_code": _code(
        "Your code to go on", "Somebody who is signed in wants to change something that matters. Was it not you? "
        "End the other sessions in your settings."
    ),
    "account/email/unknown_account": Letter(
        "No account with this address",
        "There is no account here yet",
        "Somebody, perhaps you, tried to sign in to {SITE_NAME} with {email}. No account has this address.",
        label="Create an account",
        href="{BASE_URL}/accounts/signup/",
        note="Asked for at {time} UTC by {device}. Not you? Ignore this: nothing was made.",
    ),
    "account/email/account_already_exists": Letter(
        "You have an account already",
        "You have an account already",
        "Somebody, perhaps you, tried to create a {SITE_NAME} account for {email}. It exists already.",
        label="Sign in",
        href="{BASE_URL}/accounts/login/",
        note="Asked for at {time} UTC by {device}. Not you? Ignore this: nothing was changed.",
    ),
    "account/email/email_confirm": _notice("Your address is confirmed", "Your e-mail address was confirmed."),
    "account/email/email_deleted": _notice("An address was removed", "{deleted_email} was removed from your account."),
    "account/email/password_changed": _notice("Your password was changed", "Your account has a new password."),
    "account/email/password_reset": _notice("Your password was reset", "Your account has a new password."),
    "account/email/password_set": _notice("A password was set", "Your account can now be opened with a password."),
    "mfa/email/recovery_codes_generated": _notice(
        "New recovery codes", "A new set of recovery codes was made; the old ones no longer work."
    ),
    "mfa/email/totp_activated": _notice(
        "Authenticator app on", "From now on a code of your authenticator app is asked for when you sign in."
    ),
    "mfa/email/totp_deactivated": _notice(
        "Authenticator app off", "Your authenticator app is no longer asked for when you sign in."
    ),
    "mfa/email/webauthn_added": _notice("Passkey added", "A passkey was added to your account."),
    "mfa/email/webauthn_removed": _notice("Passkey removed", "A passkey was removed from your account."),
}  # fmt: skip
"""By allauth's name of the mail."""
