"""News of who, for the apps above."""

from django.dispatch import Signal

email_verified = Signal()
"""Somebody has shown for the first time that a mailbox is theirs: once per user, in the transaction that notes it.

Keyword arguments: `user`, `workspace` (theirs, just made), `mailbox` (one spelling for all addresses that reach
the same mailbox: key by it what a person may get once), `address` (the IP address it was shown from, or None), `device` (a name for the
browser that it was shown in, which says nothing about the person, or empty).
"""
