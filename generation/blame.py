"""Whose failure a failed call is: what a provider's circuit and a model's health go by."""

from django.db import models

from generation.models.image import Reason

SERVER = 500
_UNANSWERED = (Reason.PROVIDER_BUSY, Reason.PROVIDER_ERROR, Reason.TIMEOUT)


class Blame(models.TextChoices):
    """Who or what is to blame; empty: nobody, or the order itself."""

    NOBODY = "", "Nobody"
    PROVIDER = "provider", "Provider"
    LIMIT = "limit", "Rate limit"
    KEY = "key", "Key"
    FUNDS = "funds", "Funds"
    MODEL = "model", "Model gone"
    ACCESS = "access", "Model not enabled"


_BY_STATUS = {
    401: Blame.KEY,
    402: Blame.FUNDS,
    403: Blame.KEY,
    408: Blame.PROVIDER,
    429: Blame.LIMIT,
}


def of(status: int | None, reason: Reason, *, moderated: bool) -> Blame:
    """Whose failure it is, where the adapter does not know better.

    Args:
        status: HTTP status; None where no answer came.
        reason: what the customer is told.
        moderated: whether the provider refused the words or withheld the picture.
    """
    if moderated:
        return Blame.NOBODY
    if status is None:
        return Blame.PROVIDER if reason in _UNANSWERED else Blame.NOBODY
    return _BY_STATUS.get(status, Blame.PROVIDER if status >= SERVER else Blame.NOBODY)
