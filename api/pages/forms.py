"""Forms of the pages for developers."""

from django import forms

from api.models import EventType
from api.serializers.webhooks import MAX_DESCRIPTION, MAX_URL
from api.webhooks.endpoints import ALL, CHOICES

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
