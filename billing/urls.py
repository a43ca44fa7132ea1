from django.urls import path

from billing.stripe import webhook_endpoint
from billing.views.buying import buy, returned
from billing.views.export import statement_csv
from billing.views.overview import billing
from billing.views.preferences import alert, auto_top_up, card, card_saved
from billing.views.purchases import purchases_page
from billing.views.spending import lock, set_caps, spending_page, unlock
from billing.views.test_world import payment, refill
from billing.views.webhook import webhook

urlpatterns = [
    path("billing", billing, name="billing"),
    path("billing/buy", buy, name="billing_buy"),
    path("billing/alert", alert, name="billing_alert"),
    path("billing/top-up", auto_top_up, name="billing_top_up"),
    path("billing/top-up/card", card, name="billing_card"),
    path("billing/top-up/saved", card_saved, name="billing_card_saved"),
    path("billing/statement.csv", statement_csv, name="billing_csv"),
    path("billing/purchases", purchases_page, name="billing_purchases"),
    path("billing/refill", refill, name="billing_refill"),
    path("billing/test/<str:purchase>", payment, name="billing_test_payment"),
    path("workspace/spending", spending_page, name="workspace_spending"),
    path("workspace/spending/caps", set_caps, name="workspace_caps"),
    path("workspace/spending/lock", lock, name="workspace_lock"),
    path("workspace/spending/unlock", unlock, name="workspace_unlock"),
    path("billing/return/<str:purchase>", returned, name="billing_return"),
    path(webhook_endpoint.PATH.removeprefix("/"), webhook, name="stripe_webhook"),
]
