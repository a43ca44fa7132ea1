"""The partner surface: `/api/v1/`, its schema and its reference."""

from django.urls import path

from api.views.accounts import TokensView, WorkspaceView
from api.views.billing import BalanceView, PurchasesView, PurchaseView, TransfersView
from api.views.docs import ErrorsView, ReferenceView, SchemaView
from api.views.missing import MissingView

urlpatterns = [
    path("api/v1/balance", BalanceView.as_view(), name="api_balance"),
    path("api/v1/transfers", TransfersView.as_view(), name="api_transfers"),
    path("api/v1/purchases", PurchasesView.as_view(), name="api_purchases"),
    path("api/v1/purchases/<str:id>", PurchaseView.as_view(), name="api_purchase"),
    path("api/v1/workspace", WorkspaceView.as_view(), name="api_workspace"),
    path("api/v1/tokens", TokensView.as_view(), name="api_tokens"),
    path("api/schema/", SchemaView.as_view(), name="api_schema"),
    path("api/docs/", ReferenceView.as_view(), name="api_docs"),
    path("api/docs/errors/", ErrorsView.as_view(), name="api_errors"),
    path("api/<path:rest>", MissingView.as_view(), name="api_missing"),
]
