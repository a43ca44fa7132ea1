"""Forms about people and their workspaces."""

from typing import ClassVar

from django import forms

from accounts.models import Role


class NameForm(forms.Form):
    """A person's or a workspace's name."""

    name = forms.CharField(max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class InviteForm(forms.Form):
    """The address and the role of an invitation."""

    ROLES: ClassVar = [(role.value, role.label) for role in (Role.MEMBER, Role.ADMIN, Role.VIEWER)]

    email = forms.EmailField(label="Email", max_length=254)
    role = forms.ChoiceField(choices=ROLES)
