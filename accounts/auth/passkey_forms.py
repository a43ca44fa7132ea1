"""Passkey forms that answer malformed input with a sentence.

Allauth parses what the browser sends before it has checked its shape, and half of what anybody may post there
would end as a server error.
"""

import struct
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import forms
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from django.forms import Form, HiddenInput

from core.inputs.form_fields import DocumentField

NONSENSE = (
    AssertionError,
    AttributeError,
    IndexError,
    InvalidSignature,
    KeyError,
    # COSE keys of a kind that it does not verify.
    NotImplementedError,
    OverflowError,
    RecursionError,
    TypeError,
    UnsupportedAlgorithm,
    ValueError,
    struct.error,
)
"""What python-fido2 raises for malformed JSON, CBOR and keys."""


class _PasskeyForm(Form):
    credential = DocumentField(widget=HiddenInput)


class _RegistrationForm(_PasskeyForm):
    def clean(self) -> dict[str, Any]:
        try:
            return super().clean() or {}
        except NONSENSE as nonsense:
            raise get_adapter().validation_error("incorrect_code") from nonsense


class _AuthenticationForm(_PasskeyForm):
    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except NONSENSE as nonsense:
            raise get_adapter().validation_error("incorrect_code") from nonsense


class AddForm(_RegistrationForm, forms.AddWebAuthnForm):  # type: ignore[misc]  # allauth ships no types
    """One more passkey."""


class SignUpForm(_RegistrationForm, forms.SignupWebAuthnForm):  # type: ignore[misc]
    """The first passkey of a new account."""


class AuthenticateForm(_AuthenticationForm, forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""


class LoginForm(_AuthenticationForm, forms.LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey as the only step."""


class ReauthenticateForm(_AuthenticationForm, forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey before a sensitive action."""
