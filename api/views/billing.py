"""Balance, statement, packs and purchases."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from accounts.models import Scope, Workspace
from api.idempotency import idempotent, idempotent_for
from api.pagination import page_of, page_of_few
from api.permissions import Needs
from api.requests import ApiRequest
from api.serializers.base import Body
from api.serializers.billing import (
    BalanceSerializer,
    PackSerializer,
    PurchaseBody,
    PurchaseSerializer,
    TransferSerializer,
)
from api.views.base import ApiView, parse_id
from api.views.schema import IDEMPOTENCY_KEY, listed
from billing.ledger import balance, lots, test_credits
from billing.plans import offers
from billing.purchases import checkout


class BalanceView(ApiView):
    """The workspace's spendable, held and owed credits."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}

    @extend_schema(operation_id="balance", responses=BalanceSerializer)
    def get(self, request: ApiRequest) -> Response:
        """Show the current balance, in credits."""
        return Response(_balance(request.workspace))


class RefillView(ApiView):
    """The credits of a test world."""

    scopes: ClassVar[Needs] = {"POST": Scope.BILLING_WRITE}

    @extend_schema(
        operation_id="test_world_refill",
        request=None,
        responses=BalanceSerializer,
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def post(self, request: ApiRequest) -> Response:
        """Give the test world 1,000 credits if it has fewer, and show its balance; live tokens get a 403."""
        self.body(Body)
        test_credits.refill(request.workspace)
        return Response(_balance(request.workspace))


class TransfersView(ApiView):
    """The statement: every movement of credits, newest first."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}

    @listed("transfers_list", TransferSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List the statement, newest first."""
        page = page_of(request.workspace.transfers.all(), request)
        return Response(page.body(TransferSerializer(page.rows, many=True).data))


class PacksView(ApiView):
    """Credits on offer."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}

    @listed("packs_list", PackSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List the packs that this workspace may buy, at its own prices."""
        page = page_of_few(offers.for_workspace(request.workspace), request, lambda offer: offer.pack.slug)
        return Response(page.body(PackSerializer(page.rows, many=True).data))


class PurchasesView(ApiView):
    """Packs that were bought, or are being paid for."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ, "POST": Scope.BILLING_WRITE}

    @listed("purchases_list", PurchaseSerializer)
    def get(self, request: ApiRequest) -> Response:
        """List purchases, newest first."""
        page = page_of(request.workspace.purchases.all(), request)
        return Response(page.body(PurchaseSerializer(page.rows, many=True).data))

    @extend_schema(
        operation_id="purchases_create",
        request=PurchaseBody,
        responses={201: PurchaseSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent_for(timedelta(minutes=1))
    def post(self, request: ApiRequest) -> Response:
        """Begin to buy a pack: a person pays at `checkout_url`, and the credits arrive once that is done.

        With a test token nothing is charged: the page asks whether the payment shall succeed.
        """
        body = self.body(PurchaseBody)
        purchase = checkout.start(
            request.workspace,
            body.validated_data["pack"],
            quantity=body.validated_data["quantity"],
            user=request.member,
            request_key=request.effect_key,
            address=request.address,
        )
        return Response(PurchaseSerializer(purchase).data, status=201)


class PurchaseView(ApiView):
    """One purchase."""

    scopes: ClassVar[Needs] = {"GET": Scope.BILLING_READ}

    @extend_schema(operation_id="purchases_get", responses=PurchaseSerializer)
    def get(self, request: ApiRequest, id: str) -> Response:  # noqa: A002 -- the address's own word
        """Show the purchase with this id."""
        purchase = get_object_or_404(request.workspace.purchases, pk=parse_id("pur", id))
        return Response(PurchaseSerializer(purchase).data)


def _balance(workspace: Workspace) -> Any:
    now = balance.for_workspace(workspace)
    granted, bought = lots.left_by_origin(workspace)
    return BalanceSerializer({**asdict(now), "granted": granted, "bought": bought}).data
