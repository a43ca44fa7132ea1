"""Secrets of endpoints and workspaces under new keys of ours."""

from django.db import transaction
from django.db.models import QuerySet

from api.models import SigningSecret, WebhookEndpoint, WorkspaceSecret
from core import encryption


def lost() -> int:
    """Return how many endpoints and workspaces have a secret that no key of `ENCRYPTION_KEYS` decrypts."""
    return sum(not _is_readable(one) for stored in _stored() for one in stored.iterator())


def renew() -> int:
    """Encrypt all secrets anew with the first key, and return how many.

    Raises:
        NotDecryptableError: no key decrypts one of them; nothing was changed.
    """
    with transaction.atomic():
        return sum(_renew(stored) for stored in _stored())


def _renew(stored: QuerySet[SigningSecret]) -> int:
    found = list(stored.select_for_update(no_key=True))
    for one in found:
        one.secret = encryption.renew(one.secret)
        if one.former_secret:
            one.former_secret = encryption.renew(one.former_secret)
    stored.bulk_update(found, ["secret", "former_secret"], batch_size=1000)
    return len(found)


def _stored() -> list[QuerySet[SigningSecret]]:
    # What stands for a host of orders has none of its own.
    endpoints = WebhookEndpoint.objects.filter(deleted_at=None, for_orders=False)
    columns = ("secret", "former_secret")
    return [
        endpoints.only(*columns).order_by("pk"),
        WorkspaceSecret.objects.only(*columns).order_by("pk"),
    ]


def _is_readable(holder: SigningSecret) -> bool:
    try:
        encryption.decrypt(holder.secret)
    except encryption.NotDecryptableError:
        return False
    return True
