from api.models.call import Call
from api.models.idempotency import IdempotencyKey
from api.models.order_address import OrderAddress
from api.models.quoted_order import QuotedOrder
from api.models.rate import Rate
from api.models.webhook_delivery import DeliveryStatus, DeliveryTry, WebhookDelivery
from api.models.webhook_endpoint import (
    DisabledReason,
    EndpointStatus,
    SigningSecret,
    WebhookEndpoint,
    WorkspaceSecret,
)
from api.models.webhook_event import EventStream, EventType, WebhookEvent

__all__ = [
    "Call",
    "DeliveryStatus",
    "DeliveryTry",
    "DisabledReason",
    "EndpointStatus",
    "EventStream",
    "EventType",
    "IdempotencyKey",
    "OrderAddress",
    "QuotedOrder",
    "Rate",
    "SigningSecret",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WorkspaceSecret",
]
