"""Locks on things that have no row yet."""

import uuid

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


def person(user: uuid.UUID) -> None:
    """Open one payment page of a person at a time, whatever the workspace. Taken behind the workspace's row."""
    _take(f"person:{user}")


def network(name: str) -> None:
    """The same for a network. Taken behind the person."""
    _take(f"network:{name}")


def operator(user: uuid.UUID) -> None:
    """Let one adjustment of an operator at a time be made, so that their day's sum is exact. Taken before any wallet."""
    _take(f"operator:{user}")


def _take(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
