"""Who may run now."""

import uuid

from django.db import connection


def dispatch(workspace: uuid.UUID) -> int:
    """Give jobs to the workspace's waiting images, as many as its tier lets run at once; how many were given one.

    Call it last in the transaction that frees a place: it takes the workspace's lock.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT generation_dispatch(%s)", [workspace])
        (given,) = cursor.fetchone() or (0,)
    return int(given)
