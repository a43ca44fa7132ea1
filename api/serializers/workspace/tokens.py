"""Tokens."""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import ApiToken, Scope
from accounts.tokens import MAX_NETWORKS, changes, leaks
from api.serializers.base import Body, PublicId
from api.serializers.fields import Choice, Flag, Many, Moment, Text, Whole
from api.serializers.workspace.caps import CAPS_HELP, CapsBody, WithCaps
from billing.ledger import caps
from billing.models import CapKind
from core import ids

NETWORKS_HELP: Final = (
    "Addresses, or networks such as 203.0.113.0/24, that it works from; none: from everywhere."
)


class TokenSerializer(WithCaps):
    """A token, without its text, which can't be shown again."""

    id = PublicId("tok", source="pk")
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    is_test = serializers.BooleanField()
    client = serializers.SerializerMethodField(
        help_text="The client that it acts for; null where it acts for you."
    )
    allowed_networks = serializers.ListField(child=serializers.CharField())
    credits_committed = serializers.IntegerField(help_text="Credits that it holds and has used, ever.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)
    previous_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then the text before the last rotation works, too."
    )

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_client(self, token: ApiToken) -> str | None:
        """Return the client's id."""
        return ids.public("clt", token.workspace_id) if token.workspace.parent_id else None


class NewTokenSerializer(TokenSerializer):
    """A token with its text."""

    token = serializers.CharField(help_text="cio_live_… or cio_test_…; only shown here.")


class TokenBody(Body):
    """A token to make."""

    name = Text(max_length=60)
    scopes = Many(child=Choice(choices=Scope.values), min_length=1, max_length=len(Scope.values))
    is_test = Flag(required=False, default=False)
    client = Text(
        max_length=40,
        required=False,
        default="",
        help_text="clt_…: it acts for this client, with its credits alone.",
    )
    expires_at = Moment(required=False)
    allowed_networks = Many(
        child=Text(max_length=45), max_length=MAX_NETWORKS, required=False, help_text=NETWORKS_HELP
    )
    caps = CapsBody(required=False, help_text=CAPS_HELP)


class TokenChanges(Body):
    """What is to change of a token; its scopes stay, so that nobody has to guess what it could do before."""

    columns: ClassVar[Sequence[str]] = ("name", "allowed_networks", "expires_at")
    name = Text(max_length=60, required=False)
    expires_at = Moment(required=False)
    allowed_networks = Many(
        child=Text(max_length=45), max_length=MAX_NETWORKS, required=False, help_text=NETWORKS_HELP
    )
    caps = CapsBody(required=False, help_text=CAPS_HELP)

    def changes(self) -> dict[str, Any]:
        """Return the changes of the token itself, by the names of its columns."""
        return {name: self.validated_data[name] for name in self.columns if name in self.named}


class RotationBody(Body):
    """How a token's text is replaced."""

    overlap_seconds = Whole(
        min_value=0,
        max_value=int(changes.MOST_OVERLAP.total_seconds()),
        required=False,
        default=0,
        help_text="Seconds for which the text before works on, at most a week; 0 ends it at once.",
    )


class LeakBody(Body):
    """Tokens that were found where everybody can read them."""

    tokens = Many(child=Text(max_length=200), min_length=1, max_length=leaks.MOST)
    where = Text(
        max_length=300, required=False, default="", help_text="An address, for the mail to their people."
    )


class LeakSerializer(serializers.Serializer):
    """A report that was taken."""

    received = serializers.IntegerField()


def represent_tokens(rows: Sequence[ApiToken]) -> list[dict[str, Any]]:
    """Represent tokens with their caps, which are read in one query."""
    known = caps.of_subjects(CapKind.TOKEN, [token.pk for token in rows])
    return list(TokenSerializer(rows, many=True, context={"caps": known}).data)
