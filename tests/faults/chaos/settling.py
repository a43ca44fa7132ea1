"""The promise: within five minutes everything that was under way has ended, one way or the other."""

import time

from django.db import OperationalError, connection

from tests.faults.chaos.diary import Diary

PROMISE = 300.0
OPEN = """
    SELECT (SELECT count(*) FROM billing_hold WHERE ended_at IS NULL AND reference NOT LIKE 'dispute:%'),
           (SELECT count(*) FROM generation_generation WHERE status IN ('queued', 'running'))
"""


def wait(diary: Diary) -> None:
    """Return when nothing is open any more, or five minutes are over; the product's own sweepers do the work."""
    deadline, told = time.monotonic() + PROMISE, None
    while time.monotonic() < deadline:
        try:
            with connection.cursor() as cursor:
                cursor.execute(OPEN)
                left = cursor.fetchone()
        except OperationalError:
            connection.close()
            left = None
        if left != told:
            diary.note(f"open holds and generations: {left}")
            told = left
        if left == (0, 0):
            return
        time.sleep(0.5)
