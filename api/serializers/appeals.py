"""The API's representations of appeals."""

from typing import Any

from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import Text
from generation.moderation.appeals import LONGEST


class AppealBody(Body):
    """An appeal's arguments against a refusal."""

    sentence = Text(
        max_length=LONGEST,
        required=False,
        default="",
        allow_blank=True,
        help_text="For the reviewer; optional.",
    )


class AppealSerializer(serializers.Serializer):
    """An appeal against a refusal, and what a person decided."""

    id = PublicId("apl", source="pk")
    generation = PublicId("gen", source="generation_id")
    status = serializers.CharField(help_text="open, upheld or overturned")
    sentence = serializers.CharField()
    created_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.SerializerMethodField(help_text="The reviewer's words; empty while it is open.")
    credits_granted = serializers.SerializerMethodField()
    precheck_skipped = serializers.SerializerMethodField(
        help_text="Our own check lets the same words with the same references pass from now on."
    )

    def get_reason(self, appeal: Any) -> str:
        """Return the decision's reason."""
        return appeal.decision.reason if appeal.decided_at else ""

    def get_credits_granted(self, appeal: Any) -> int:
        """Return the goodwill, in credits."""
        return appeal.decision.credits if appeal.decided_at else 0

    def get_precheck_skipped(self, appeal: Any) -> bool:
        """Return whether it is worth sending again unchanged."""
        return bool(appeal.decided_at and appeal.decision.is_allowed)
