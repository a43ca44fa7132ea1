"""News of money, for the apps above. Each is sent inside the transaction that it tells of."""

from django.dispatch import Signal

purchase_paid = Signal()
"""A purchase was paid and its credits handed over. Keyword argument: `purchase`."""

purchase_refunded = Signal()
"""Money was given back. Keyword arguments: `purchase`, `refund`."""

balance_low = Signal()
"""A workspace went below the number of credits that it wants to know about. Keyword arguments: `workspace`, `available`."""
