"""The workspace and its members."""

from typing import ClassVar

from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import Flag
from api.serializers.workspace.caps import CAPS_HELP, CapsBody, WithCaps


class WorkspaceSerializer(WithCaps):
    """The workspace that a token belongs to."""

    id = PublicId("wsp", source="pk")
    name = serializers.CharField()
    slug = serializers.CharField()
    created_at = serializers.DateTimeField()
    suspended_at = serializers.DateTimeField(
        allow_null=True, help_text="When operators suspended it; since then it can view but not spend."
    )
    spending_locked_at = serializers.DateTimeField(
        allow_null=True, help_text="When its own people locked all spending."
    )


class WorkspaceChanges(Body):
    """What is to change of the workspace."""

    spending_locked = Flag(
        required=False,
        help_text="True locks all spending at once. Only an admin in a browser can unlock it.",
    )
    caps = CapsBody(required=False, help_text=CAPS_HELP)


class MemberSerializer(WithCaps):
    """A member of the workspace."""

    subject: ClassVar[str] = "user_id"
    id = PublicId("mem", source="pk")
    user = PublicId("usr", source="user_id")
    email = serializers.EmailField(source="user.email")
    name = serializers.CharField(source="user.display_name")
    role = serializers.CharField(help_text="owner, admin, member or viewer")
    created_at = serializers.DateTimeField()


class MemberChanges(Body):
    """What is to change of a member."""

    caps = CapsBody(help_text=CAPS_HELP)
