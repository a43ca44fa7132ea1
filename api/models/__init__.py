from api.models.idempotency import IdempotencyKey

__all__ = ["IdempotencyKey"]
