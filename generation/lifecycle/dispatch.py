"""Dispatch: a workspace's waiting images get jobs, up to its tier's concurrency."""

import uuid

from django.db import connection


def dispatch(workspace: uuid.UUID) -> int:
    """Give jobs to the workspace's waiting images, as many as its tier lets run at once.

    Call it last in the transaction that frees a slot: it takes the workspace's lock.

    Returns:
        The number of images that were given a job.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT generation_dispatch(%s)", [workspace])
        (dispatched,) = cursor.fetchone() or (0,)
    return int(dispatched)
