from django.urls import path

from billing import webhook_endpoint
from billing.views.webhook import webhook

urlpatterns = [
    path(webhook_endpoint.PATH.removeprefix("/"), webhook, name="stripe_webhook"),
]
