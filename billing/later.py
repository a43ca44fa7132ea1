"""Deferred jobs, enqueued in the caller's transaction: committed with it or not at all."""

import uuid

from accounts import jobs

SEND_RECEIPT = jobs.Named("billing.tasks.send_receipt", "mail")
CLOSE_PAGES = jobs.Named("billing.tasks.close_pages", "upkeep")
NOTE_CARD = jobs.Named("billing.tasks.note_card", "upkeep")


def receipt(purchase_id: uuid.UUID) -> None:
    """Defer fetching and mailing the receipt of a paid purchase."""
    jobs.defer(SEND_RECEIPT, purchase_id=str(purchase_id))


def close_pages(workspace_id: uuid.UUID) -> None:
    """Defer closing the payment pages of a workspace at Stripe."""
    jobs.defer(CLOSE_PAGES, workspace_id=str(workspace_id))


def note_card(session: str) -> None:
    """Defer asking Stripe which card was saved on a page."""
    jobs.defer(NOTE_CARD, session=session)
