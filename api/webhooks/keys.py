"""Secrets of endpoints under new keys of ours."""

from django.db import transaction
from django.db.models import QuerySet

from api.models import WebhookEndpoint
from core import encryption


def lost() -> int:
    """Return how many endpoints have a secret that no key of `ENCRYPTION_KEYS` decrypts."""
    return sum(not _is_readable(one) for one in _stored().iterator())


def renew() -> int:
    """Encrypt all secrets anew with the first key, and return how many.

    Raises:
        NotDecryptableError: no key decrypts one of them; nothing was changed.
    """
    with transaction.atomic():
        found = list(_stored().select_for_update(no_key=True))
        for one in found:
            one.secret = encryption.renew(one.secret)
            if one.former_secret:
                one.former_secret = encryption.renew(one.former_secret)
        WebhookEndpoint.objects.bulk_update(found, ["secret", "former_secret"], batch_size=1000)
    return len(found)


def _stored() -> QuerySet[WebhookEndpoint]:
    return WebhookEndpoint.objects.filter(deleted_at=None).only("secret", "former_secret").order_by("pk")


def _is_readable(endpoint: WebhookEndpoint) -> bool:
    try:
        encryption.decrypt(endpoint.secret)
    except encryption.NotDecryptableError:
        return False
    return True
