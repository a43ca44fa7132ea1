"""Locks on things that have no row yet."""

from django.db import connection


def payment(payment_intent: str) -> None:
    """Let one transaction at a time deal with a payment, until it ends.

    A refund or dispute may arrive while its purchase is being paid: without this it could look for the purchase
    before that is committed, and be parked after the purchase looked for parked ones. Taken before any row lock.
    """
    _take(f"payment:{payment_intent}")


def welcome() -> None:
    """Give free credits to one person at a time, so that the day's limits are exact."""
    _take("welcome")


def _take(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
