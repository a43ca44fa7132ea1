"""Tasks of billing, by name; each is safe to run twice."""

import uuid

from procrastinate.contrib.django import app

from billing import maintenance
from billing.accounting import closing
from billing.fraud import card_testing
from billing.purchases import receipts, saved_card
from billing.reconciliation import run
from core.jobs import RETRY_FOR_DAYS


@app.task(name="billing.tasks.send_receipt", queue="mail", retry=RETRY_FOR_DAYS)
def send_receipt(purchase_id: str) -> None:
    """Fetch and mail a receipt."""
    receipts.complete(uuid.UUID(purchase_id))


@app.task(name="billing.tasks.note_fee", queue="upkeep", retry=RETRY_FOR_DAYS)
def note_fee(purchase_id: str) -> None:
    """Fetch a fee that Stripe booked late."""
    receipts.note_fee(uuid.UUID(purchase_id))


@app.task(name="billing.tasks.note_invoice", queue="upkeep", retry=RETRY_FOR_DAYS)
def note_invoice(purchase_id: str) -> None:
    """Fetch the link of an invoice that Stripe made late."""
    receipts.note_invoice(uuid.UUID(purchase_id))


@app.task(name="billing.tasks.close_pages", queue="upkeep", retry=RETRY_FOR_DAYS)
def close_pages(workspace_id: str) -> None:
    """Close payment pages on which cards were tested."""
    card_testing.close_pages(uuid.UUID(workspace_id))


@app.task(name="billing.tasks.note_card", queue="upkeep", retry=RETRY_FOR_DAYS)
def note_card(session: str) -> None:
    """Store the card that was saved on a page."""
    saved_card.record_card(session)


@app.periodic(cron="*/2 * * * *")
@app.task(name="billing.tasks.sweep_often", queue="upkeep", queueing_lock="billing.sweep_often")
def sweep_often(timestamp: int) -> None:
    """Run top-ups, refunds, receipts and low-balance mail, every two minutes."""
    maintenance.sweep_often()


@app.periodic(cron="23 * * * *")
@app.task(name="billing.tasks.sweep_hourly", queue="upkeep", queueing_lock="billing.sweep_hourly")
def sweep_hourly(timestamp: int) -> None:
    """Catch up with what Stripe knows and we have not heard, every hour."""
    maintenance.sweep_hourly()


@app.periodic(cron="11 * * * *")
@app.task(name="billing.tasks.close_days", queue="upkeep", queueing_lock="billing.close_days")
def close_days(timestamp: int) -> None:
    """Sum up the days that are over; hourly, since a day may not be settled at once."""
    closing.close_days()


@app.periodic(cron="13 4 * * *")
@app.task(name="billing.tasks.forget", queue="upkeep", queueing_lock="billing.forget")
def forget(timestamp: int) -> None:
    """Delete what Stripe has sent long ago, every night."""
    maintenance.forget()


@app.periodic(cron="41 3 * * *")
@app.task(name="billing.tasks.prove", queue="upkeep", queueing_lock="billing.prove")
def prove(timestamp: int) -> None:
    """Compare the books with themselves, with the storage and with Stripe, every night."""
    run.run_due()
