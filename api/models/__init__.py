from api.models.idempotency import IdempotencyKey
from api.models.rate import Rate

__all__ = ["IdempotencyKey", "Rate"]
