"""The API's representations of balance, statement, packs and purchases."""

import uuid
from typing import Any

from django.conf import settings
from rest_framework import serializers

from api.serializers.base import Body, PublicId
from api.serializers.fields import Text, Whole
from core import ids

PREFIXES = {"generation": "gen", "image": "img", "purchase": "pur", "refund": "ref"}


class WalletSerializer(serializers.Serializer):
    """Credits that can be spent, are set aside for work under way, and are owed."""

    available = serializers.IntegerField()
    held = serializers.IntegerField()
    debt = serializers.IntegerField()


class BalanceSerializer(WalletSerializer):
    """The same, and where what is left came from."""

    granted = serializers.IntegerField(
        help_text="Of the available and held ones, those that were given; what came first is spent first."
    )
    bought = serializers.IntegerField(help_text="Those that were bought.")


class TransferSerializer(serializers.Serializer):
    """One movement of credits from one account to another."""

    id = PublicId("trf", source="pk")
    kind = serializers.CharField()
    from_account = serializers.CharField(source="source")
    to_account = serializers.CharField(source="target")
    amount = serializers.IntegerField(help_text="Credits, always positive.")
    about = serializers.SerializerMethodField(help_text="Id of what it was for, for example img_…")
    reason = serializers.CharField()
    created_at = serializers.DateTimeField()

    def get_about(self, transfer: Any) -> str:
        """Return `image:<uuid>` of the ledger as the id that partners know."""
        noun, _, value = transfer.reference.partition(":")
        prefix = PREFIXES.get(noun)
        if prefix is None:
            return ""
        try:
            return ids.public(prefix, uuid.UUID(value))
        except ValueError:
            return ""


class PackSerializer(serializers.Serializer):
    """A pack on offer to this workspace; its slug is its id."""

    id = serializers.CharField(source="slug")
    name = serializers.CharField(source="pack.name")
    summary = serializers.CharField(source="pack.summary")
    credits = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="Price in cents.")
    currency = serializers.SerializerMethodField()

    def get_currency(self, offer: Any) -> str:
        """Return the currency, which is the same for everything."""
        return settings.CURRENCY


class PurchaseSerializer(serializers.Serializer):
    """A purchase as it was promised. `checkout_url` is where a person pays while it is pending."""

    id = PublicId("pur", source="pk")
    status = serializers.CharField()
    pack = serializers.CharField(source="pack_slug")
    quantity = serializers.IntegerField()
    credits = serializers.IntegerField()
    amount = serializers.IntegerField(help_text="In cents.")
    currency = serializers.CharField()
    checkout_url = serializers.SerializerMethodField()
    receipt_url = serializers.CharField()
    created_at = serializers.DateTimeField()
    paid_at = serializers.DateTimeField(allow_null=True)

    def get_checkout_url(self, purchase: Any) -> str | None:
        """Return the URL of the payment page while there is something to pay."""
        return purchase.checkout_url or None if purchase.status == purchase.Status.PENDING else None


class PurchaseBody(Body):
    """The pack to buy."""

    pack = Text(max_length=30)
    quantity = Whole(default=1, help_text="1 to 20 packs at once.")
