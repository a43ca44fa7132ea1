"""The tasks of this app, by name; each is safe to run twice."""

import uuid

from procrastinate.contrib.django import app

from accounts.auth import email_change_mail
from accounts.sessions import expiry
from core import jobs, mail
from core.database.asynchronous import in_db_thread
from core.jobs import RETRY_FOR_DAYS


@app.task(name=mail.SEND, queue="mail", retry=RETRY_FOR_DAYS)
def send_letter(letter: str, kind: str, to: str, about: dict[str, str]) -> None:
    """Send one mail to one person."""
    mail.send(letter, kind, to, about)


@app.task(name="accounts.tasks.tell_of_address_change", queue="mail", retry=RETRY_FOR_DAYS)
def tell_of_address_change(change_id: str) -> None:
    """Mail the previous address, with the undo link."""
    email_change_mail.tell_of_change(uuid.UUID(change_id))


@app.task(name="accounts.tasks.tell_of_undoing", queue="mail", retry=RETRY_FOR_DAYS)
def tell_of_undoing(change_id: str) -> None:
    """Mail the new address that the change was undone."""
    email_change_mail.tell_of_undoing(uuid.UUID(change_id))


@app.periodic(cron="37 * * * *")
@app.task(name="accounts.tasks.sweep", queue="upkeep", queueing_lock="accounts.sweep")
async def sweep(timestamp: int) -> None:
    """Delete expired sessions, and jobs that failed long ago, every hour."""
    await in_db_thread(expiry.sweep)()
    await in_db_thread(jobs.forget_failed)()
