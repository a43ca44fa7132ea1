"""Forms about people, their workspaces and their tokens."""

from datetime import datetime, timedelta
from typing import ClassVar

from django import forms
from django.utils import timezone

from accounts.models import Role, Scope, scopes_of

"""Scopes that no address needs yet: they are not offered."""
DAYS = {"30": "30 days", "90": "90 days", "365": "A year", "": "Never"}


class NameForm(forms.Form):
    """A person's or a workspace's name."""

    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class InviteForm(forms.Form):
    """The address and the role of an invitation."""

    ROLES: ClassVar = [(role.value, role.label) for role in (Role.MEMBER, Role.ADMIN, Role.VIEWER)]

    email = forms.EmailField(label="Email", max_length=254)
    role = forms.ChoiceField(choices=ROLES)


class TokenForm(forms.Form):
    """A new token."""

    name = forms.CharField(
        max_length=60,
        help_text="where you will use it",
        widget=forms.TextInput(attrs={"placeholder": "shop-backend", "autocomplete": "off", "dir": "auto"}),
    )
    scopes = forms.MultipleChoiceField(label="Allowed to", widget=forms.CheckboxSelectMultiple)
    is_test = forms.BooleanField(
        label="Test world", required=False, help_text="sandbox images, paid with test credits"
    )
    ends = forms.ChoiceField(label="Ends after", choices=list(DAYS.items()), required=False, initial="365")
    credit_cap = forms.IntegerField(
        label="Credit cap",
        required=False,
        min_value=1,
        max_value=1_000_000_000,
        help_text="empty: no cap",
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    networks = forms.CharField(
        label="Only from",
        required=False,
        max_length=1_000,
        help_text="addresses or networks, separated by commas",
        widget=forms.TextInput(attrs={"placeholder": "203.0.113.7, 2001:db8::/48", "autocomplete": "off"}),
    )

    def __init__(self, data: object = None, *, role: Role, is_test: bool = False) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict or None
        own = scopes_of(role)
        choices = [(scope.value, scope.label) for scope in Scope if scope in own]
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = choices
        self.fields["is_test"].initial = is_test
        field.initial = [Scope.GENERATIONS_WRITE, Scope.IMAGES_READ]

    def clean_networks(self) -> list[str]:
        """Split the networks, one per word or line."""
        return [one for one in self.cleaned_data["networks"].replace(",", " ").split() if one]

    def expires_at(self) -> datetime | None:
        """Compute the moment of expiry from the current time."""
        days = self.cleaned_data["ends"]
        return timezone.now() + timedelta(days=int(days)) if days else None
