"""The API's representations of workspaces and tokens."""

from rest_framework import serializers

from api.serializers.base import PublicId


class WorkspaceSerializer(serializers.Serializer):
    """The workspace that a token belongs to."""

    id = PublicId("wsp", source="pk")
    name = serializers.CharField()
    slug = serializers.CharField()
    created_at = serializers.DateTimeField()
    suspended_at = serializers.DateTimeField(
        allow_null=True, help_text="When it was suspended; since then it can view but not spend."
    )


class TokenSerializer(serializers.Serializer):
    """A token, without its text, which can't be shown again."""

    id = PublicId("tok", source="pk")
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    is_test = serializers.BooleanField()
    allowed_networks = serializers.ListField(child=serializers.CharField())
    credit_cap = serializers.IntegerField(allow_null=True)
    credits_committed = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
