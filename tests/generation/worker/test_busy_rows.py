"""Rows that are written again and again: a renewed lease stays on its page and writes no index."""

import pytest
from django.db import connection

from generation.lifecycle import claims
from generation.models import Image
from generation.orders.submit import submit
from generation.worker import leases

UPDATES = """
    SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'generation_image'
"""
QUEUES = ("procrastinate_jobs", "procrastinate_events", "billing_wallet", "generation_image")


def updates() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(UPDATES)
        return cursor.fetchone()


def test_renewing_a_lease_is_a_hot_update(funded, order, db):
    works = [claims.claim(submit(funded, order(), source="api").images.get().pk) for _ in range(5)]
    attempts = [work.attempt for work in works if work]
    before = updates()
    for _ in range(3):
        assert leases._renew(attempts) == set(attempts)
    after = updates()
    assert (after[0] - before[0], after[1] - before[1]) == (15, 15)
    assert Image.objects.filter(status="running").count() == 5


@pytest.mark.parametrize("table", QUEUES)
def test_what_changes_with_each_image_is_vacuumed_by_number(db, table):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT option_name, option_value::float FROM pg_class, pg_options_to_table(reloptions)"
            " WHERE oid = %s::regclass",
            [table],
        )
        told = dict(cursor.fetchall())
    assert told["autovacuum_vacuum_threshold"] <= 5000
    assert told["autovacuum_vacuum_scale_factor"] <= 0.01
