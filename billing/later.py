"""Work that is put off, in the transaction that makes it due: committed with it or not at all."""

import uuid

from procrastinate.contrib.django import app


def receipt(purchase_id: uuid.UUID) -> None:
    """Fetch and send the receipt of a paid purchase."""
    app.configure_task("billing.tasks.send_receipt", queue="mail").defer(purchase_id=str(purchase_id))


def close_pages(workspace_id: uuid.UUID) -> None:
    """Have Stripe close the payment pages of a workspace."""
    app.configure_task("billing.tasks.close_pages", queue="upkeep").defer(workspace_id=str(workspace_id))


def refund_letter(refund_id: uuid.UUID) -> None:
    """Tell the customer of a refund."""
    app.configure_task("billing.tasks.send_refund_letter", queue="mail").defer(refund_id=str(refund_id))


def refund_failure_letter(refund_id: uuid.UUID) -> None:
    """Tell the customer that a refund they heard of did not arrive."""
    app.configure_task("billing.tasks.send_refund_failure_letter", queue="mail").defer(
        refund_id=str(refund_id)
    )


def pause_letter(purchase_id: uuid.UUID) -> None:
    """Tell the customer that auto top-up is paused, since this purchase was declined."""
    app.configure_task("billing.tasks.send_pause_letter", queue="mail").defer(purchase_id=str(purchase_id))
