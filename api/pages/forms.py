"""Forms of the pages for developers."""

from datetime import datetime, timedelta

from django import forms
from django.utils import timezone

from accounts.models import Role, Scope, scopes_of
from api.models import EventType
from api.serializers.webhooks import MAX_DESCRIPTION, MAX_URL
from api.webhooks.endpoints import ALL, CHOICES
from billing.ledger import caps
from billing.models import CapPeriod

DAYS = {"30": "30 days", "90": "90 days", "365": "A year", "": "Never"}
CAPS = {
    CapPeriod.DAY: "Cap a day",
    CapPeriod.WEEK: "A week",
    CapPeriod.MONTH: "A month",
    CapPeriod.TOTAL: "In all",
}
LABELS = {ALL: "Everything, also what is to come"} | {one.value: one.label for one in EventType}


class EndpointForm(forms.Form):
    """An endpoint: its address, what it is for, and what it is told of."""

    url = forms.CharField(
        label="Address",
        max_length=MAX_URL,
        help_text="https, no redirects",
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example/hooks", "autocomplete": "off"}),
    )
    description = forms.CharField(
        max_length=MAX_DESCRIPTION,
        required=False,
        help_text="what it is for",
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )
    types = forms.MultipleChoiceField(
        label="Told of",
        choices=[(name, LABELS[name]) for name in CHOICES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one."},
    )


class NewEndpointForm(EndpointForm):
    """A new endpoint, of one of the two modes."""

    is_test = forms.BooleanField(
        label="Test world", required=False, help_text="told of what happens there, and of nothing else"
    )


class SecretForm(forms.Form):
    """Whose secret is made anew: that of the live mode, or of the test mode."""

    is_test = forms.BooleanField(
        label="Test mode", required=False, help_text="signs what is sent for orders of test tokens"
    )


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
        for period, label in CAPS.items():
            self.fields[period.value] = forms.IntegerField(
                label=label,
                required=False,
                min_value=0,
                max_value=caps.MOST,
                help_text="in credits",
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "no cap"}),
            )

    def clean_networks(self) -> list[str]:
        """Split the networks, one per word or line."""
        return [one for one in self.cleaned_data["networks"].replace(",", " ").split() if one]

    def caps(self) -> dict[str, int | None]:
        """Return the caps by period, None where there is none."""
        return {period.value: self.cleaned_data[period.value] for period in CapPeriod}

    @property
    def cap_fields(self) -> list[forms.BoundField]:
        """The fields of the caps."""
        return [self[period.value] for period in CapPeriod]

    def expires_at(self) -> datetime | None:
        """Compute the moment of expiry from the current time."""
        days = self.cleaned_data["ends"]
        return timezone.now() + timedelta(days=int(days)) if days else None
