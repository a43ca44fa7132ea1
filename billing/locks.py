"""Locks on things that have no row yet."""

import uuid

from django.db import connection


def payment(payment_intent: str) -> None:
    """Serialize transactions that deal with a payment.

    A refund or dispute may arrive while its purchase is being paid: without this lock it could look for the purchase
    before that is committed, and be stored after the purchase looked for waiting ones. Take it before any row lock.
    """
    _take(f"payment:{payment_intent}")


def welcome() -> None:
    """Serialize gifts of free credits, so that the day's limits are exact."""
    _take("welcome")


def person(user: uuid.UUID) -> None:
    """Serialize a person's payment pages, whatever the workspace. Take it after the workspace's row."""
    _take(f"person:{user}")


def network(name: str) -> None:
    """Serialize a network's payment pages. Take it after the person's lock."""
    _take(f"network:{name}")


def operator(user: uuid.UUID) -> None:
    """Serialize an operator's adjustments, so that their sum of the day is exact. Take it before any wallet."""
    _take(f"operator:{user}")


def closing() -> None:
    """Serialize the closing of days."""
    _take("closing")


def proof() -> None:
    """Serialize moves of the proven point."""
    _take("proof")


def _take(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
