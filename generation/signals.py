"""Signals of this app to the apps above it, sent inside the transaction that makes them true."""

from django.dispatch import Signal

generation_finished = Signal()
"""A generation has finished. Sent with `generation`, as it now is in the database.

Not sent for the generations of a batch, which sends one signal of its own.
"""

batch_finished = Signal()
"""A batch has finished, again if failed rows were retried. Sent with `batch`, as it now is."""

images_removed = Signal()
"""Images were deleted by their workspace. Sent with `workspace` and `images` (their ids)."""

model_ending = Signal()
"""A workspace that used a model lately is told that it ends. Sent with `workspace` and `ending`, an `UpcomingRetirement`."""
