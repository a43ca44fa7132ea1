from api.models.call import Call
from api.models.idempotency import IdempotencyKey
from api.models.quoted_order import QuotedOrder
from api.models.rate import Rate
from api.models.webhook_delivery import DeliveryStatus, DeliveryTry, WebhookDelivery
from api.models.webhook_endpoint import DisabledReason, EndpointStatus, WebhookEndpoint
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
    "QuotedOrder",
    "Rate",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
