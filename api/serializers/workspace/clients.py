"""Clients of a partner."""

from typing import Any

from rest_framework import serializers

from accounts.models import Client
from api.serializers.base import Body, PublicId
from api.serializers.billing import WalletSerializer
from api.serializers.fields import Text, Whole
from billing.ledger import caps
from billing.ledger.balance import Balance

ALLOWANCE_HELP = "Credits to which its wallet is filled from yours on the first of a month, at most to that number; 0 is none."
EXTERNAL_HELP = "Your own id for it; each may name one client."


class ClientBody(Body):
    """A client to make."""

    name = Text(max_length=80)
    external_id = Text(max_length=120, required=False, default="", help_text=EXTERNAL_HELP)
    monthly_allowance = Whole(
        min_value=0, max_value=caps.MOST, required=False, default=0, help_text=ALLOWANCE_HELP
    )


class ClientChanges(Body):
    """What is to change of a client."""

    name = Text(max_length=80, required=False)
    external_id = Text(max_length=120, required=False, help_text=EXTERNAL_HELP)
    monthly_allowance = Whole(min_value=0, max_value=caps.MOST, required=False, help_text=ALLOWANCE_HELP)

    def changes(self) -> dict[str, Any]:
        """Return the changes by the names of the columns."""
        return {name: self.validated_data[name] for name in self.named}


class ClientSerializer(serializers.Serializer):
    """A client."""

    id = PublicId("clt", source="pk")
    name = serializers.CharField(source="workspace.name")
    external_id = serializers.CharField()
    status = serializers.CharField(help_text="open, suspended or closed")
    monthly_allowance = serializers.IntegerField(help_text=ALLOWANCE_HELP)
    balance = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(source="workspace.created_at")
    closed_at = serializers.DateTimeField(allow_null=True)

    def get_balance(self, client: Client) -> WalletSerializer:
        """Return the wallet's balances; nothing before the first credit."""
        wallet = getattr(client.workspace, "wallet", None)
        has = Balance(wallet.available, wallet.held, wallet.debt) if wallet else Balance()
        return WalletSerializer(has).data  # type: ignore[return-value] # the schema reads the annotation


class MoveBody(Body):
    """Credits to move between your wallet and a client's."""

    credits = Whole(min_value=1, max_value=caps.MOST)


class MoveSerializer(serializers.Serializer):
    """Credits that moved, and what both wallets have then."""

    credits = serializers.IntegerField()
    client = WalletSerializer()
    yours = WalletSerializer()
