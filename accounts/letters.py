"""Mail about accounts: the texts of all mails in one place, one template for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from accounts import mail

TEMPLATE = "account/email/letter"


@dataclass(frozen=True, slots=True)
class Letter:
    """The text of a mail; `{names}` are filled in when it is sent.

    Attributes:
        subject: of the mail.
        heading: first line.
        lead: what happened and what to do.
        action: label of the button, if there is one.
        href: where the button leads.
        note: the small print below.
        foot: a last hint.
    """

    subject: str
    heading: str
    lead: str
    action: str = ""
    href: str = ""
    note: str = ""
    foot: str = ""

    def filled(self, known: Mapping[str, Any]) -> dict[str, str]:
        """Fill the names into all parts."""
        return {part: getattr(self, part).format_map(known) for part in self.__dataclass_fields__}


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
    return Letter("{spaced_code} is your {SITE_NAME} code", heading, TYPED, note=ASKED, foot=foot)


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
        action="Create an account",
        href="{BASE_URL}/accounts/signup/",
        note="Asked for at {time} UTC by {device}. Not you? Ignore this: nothing was made.",
    ),
    "account/email/account_already_exists": Letter(
        "You have an account already",
        "You have an account already",
        "Somebody, perhaps you, tried to create a {SITE_NAME} account for {email}. It exists already.",
        action="Sign in",
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


def send(letter: Letter, to: str, known: Mapping[str, Any]) -> None:
    """Send one mail now, to somebody who waits for it. All others are posted (`accounts.mail`).

    Raises:
        OSError: the mail server does not take it (`smtplib.SMTPException` is one).
    """
    mail.deliver(message(letter, to, known))


def message(letter: Letter, to: str, known: Mapping[str, Any]) -> EmailMultiAlternatives:
    """Render one mail in HTML and text.

    Args:
        letter: its text.
        to: one address.
        known: the names that the text uses; `code`, if there is one, is shown large.
    """
    code = str(known.get("code", ""))
    names = {
        **known,
        "SITE_NAME": settings.SITE_NAME,
        "BASE_URL": settings.BASE_URL,
        "email": to,
        "spaced_code": f"{code[:3]} {code[3:]}",
    }
    context = names | letter.filled(names)
    made = EmailMultiAlternatives(
        " ".join(context["subject"].split()), render_to_string(f"{TEMPLATE}.txt", context), to=[to]
    )
    made.attach_alternative(render_to_string(f"{TEMPLATE}.html", context), "text/html")
    return made
