"""News of this app for the apps above it, sent inside the transaction that makes it true."""

from django.dispatch import Signal

generation_finished = Signal()
"""A generation has come to its end. Sent with `generation`, as it now stands in the database; not for those of a
batch, which is one piece of news."""

batch_finished = Signal()
"""A batch has come to its end, again where failed rows were retried. Sent with `batch`, as it now stands."""
