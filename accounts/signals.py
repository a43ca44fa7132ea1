"""Signals about people, for the apps above."""

from django.dispatch import Signal

email_verified = Signal()
"""Somebody has proved that a mailbox is theirs: sent once per user, in the transaction that records it.

Keyword arguments: `user`, `workspace` (theirs, just created), `mailbox` (one spelling for all addresses that
reach the same mailbox: key one-time offers by it), `address` (the IP address of the proof, or None), `device`
(a name for the browser of the proof, which says nothing about the person, or empty).
"""

test_world_made = Signal()
"""A workspace has got its test world, in the transaction that makes it. Keyword argument: `world`."""
