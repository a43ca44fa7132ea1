"""News of this app for the apps above it, sent inside the transaction that makes it true."""

from django.dispatch import Signal

generation_finished = Signal()
"""A generation has come to its end. Sent with `generation`, as it now stands in the database."""
