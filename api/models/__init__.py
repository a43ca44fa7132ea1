from api.models.call import Call
from api.models.idempotency import IdempotencyKey
from api.models.rate import Rate

__all__ = ["Call", "IdempotencyKey", "Rate"]
