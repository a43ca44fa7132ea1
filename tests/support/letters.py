"""Letters that were posted, sent as a worker sends them."""

from typing import Any

from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from core import mail


def posted() -> list[dict[str, Any]]:
    """What every letter's job was given, oldest first."""
    jobs = ProcrastinateJob.objects.filter(task_name=mail.SEND).order_by("id")
    return [job.args for job in jobs]


def deliver() -> int:
    """Write all that were posted; how many jobs there were. One that fails stays, and its error is raised."""
    jobs = list(ProcrastinateJob.objects.filter(task_name=mail.SEND).order_by("id"))
    for job in jobs:
        mail.send(**job.args)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
    return len(jobs)
