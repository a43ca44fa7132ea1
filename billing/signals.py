"""Signals about money, for the apps above. Each is sent inside the transaction that it reports."""

from django.dispatch import Signal

purchase_paid = Signal()
"""A purchase was paid and its credits handed over. Keyword argument: `purchase`."""

purchase_refunded = Signal()
"""Money was refunded. Keyword arguments: `purchase`, `refund`."""

balance_low = Signal()
"""A workspace's credits fell below its threshold. Keyword arguments: `workspace`, `available`."""

cap_nearly_reached = Signal()
"""A cap has reached 50, 80 or 100 percent. Keyword arguments: `workspace`, `alert` (the fields of `CapAlert`)."""

day_closed = Signal()
"""A day is being closed: sum up what you know of it. Keyword arguments: `day`, and `closed`, the day before, if any."""
