"""What sweeps read does not grow with what they have nothing to do with."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.sessions import expiry
from api import maintenance as api_maintenance
from billing import ledger
from billing import maintenance as billing_maintenance
from billing.models import Purchase
from billing.purchases import low_balance_mail
from core import jobs
from gallery import rewording
from generation.batches import archives, drafts
from generation.catalog import retirement_notices
from generation.maintenance import recovery, retention
from generation.media import storage
from generation.models import Batch, Reference
from generation.orders.submit import submit
from generation.providers import health, operator_alerts
from generation.reporting import cost_drift
from tests.generation.conftest import deliver, order  # noqa: F401
from tests.generation.maintenance.test_growth import copies

ROWS = 6_000
BIG = (
    "generation_image", "generation_generation", "generation_event", "generation_attempt", "billing_transfer",
    "billing_hold", "billing_purchase", "gallery_wording", "generation_reference", "generation_batch",
)  # fmt: skip
FEW = 2_000
SWEEPS: dict[str, Callable[[], object]] = {
    "recovery": recovery.sweep,
    "health": health.update_all,
    "alerts": operator_alerts.notify_operators,
    "retention": retention.remove_expired,
    "archives": archives.sweep,
    "drafts": drafts.prune,
    "ends": retirement_notices.notify_owners,
    "costs": cost_drift.notify_operators,
    "sessions": expiry.sweep,
    "failed jobs": jobs.forget_failed,
    "api": api_maintenance.sweep,
    "words": rewording.reword,
    "top-ups": billing_maintenance.top_ups,
    "refunds": billing_maintenance.refunds,
    "receipts": billing_maintenance.receipts,
    "purchases": billing_maintenance.purchases,
    "low balances": low_balance_mail.notify_owners,
}


@pytest.fixture
def grown(db, catalog, workspace, alice, fund, order):  # noqa: F811
    """A workspace that has bought, has run low, and has made many images, of which each sweep has done its part."""
    fund(workspace, 100)
    names = [storage.new_key(workspace.pk, folder, "png") for folder in ("images", "thumbnails")]
    deliver(submit(workspace, order(), source="api"), *names)
    ledger.freeze(workspace, 90, reference="dispute:1", reason="disputed")
    now = timezone.now()
    Purchase.objects.create(
        workspace=workspace, pack_slug="starter", pack_name="Starter", credits=100, amount=900, status="paid",
        paid_at=now, receipt_sent_at=now,
    )  # fmt: skip
    Reference.objects.create(
        workspace=workspace, file="w/r", thumbnail="w/t", format="png", width=1, height=1, size=1, sha256=b"1"
    )
    Batch.objects.create(workspace=workspace, name="Ten", status="succeeded")
    old, ago = "('01000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid", "now() - interval '5 days'"
    copies("generation_generation", ROWS, id=old, created_at=ago)
    copies("generation_image", ROWS, id=old, generation_id=old, created_at=ago)
    copies("generation_attempt", ROWS, id=old, image_id=old, started_at=ago, ended_at=ago)
    copies("generation_event", ROWS, id="n + 1000000", generation_id=old, image_id=old, created_at=ago)
    copies(
        "billing_hold",
        ROWS,
        id=old,
        reference="'generation:' || n",
        ended_at=ago,
        released="100",
        captured="0",
        amount="100",
    )
    copies(
        "billing_transfer",
        ROWS,
        id=old,
        key="'capture:' || n",
        kind="'capture'",
        source="'held'",
        target="'used'",
    )
    copies("billing_purchase", ROWS, id=old)
    copies("gallery_wording", ROWS, generation_id=old)
    copies("generation_reference", ROWS, id=old)
    copies("generation_batch", ROWS, id=old)
    with connection.cursor() as cursor:
        # What other tests have left in these tables' statistics is not how they look at this size.
        cursor.execute(f"ANALYZE {', '.join(BIG)}")


def read():
    """How many rows of each big table this transaction has read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [list(BIG)],
        )
        return dict(cursor.fetchall())


def test_no_sweep_reads_a_table_through(grown):
    found = {}
    for name, sweep in SWEEPS.items():
        before = read()
        done = sweep()
        assert done == 1 or name != "low balances"
        found |= {
            f"{name}: {table}": rows - before[table]
            for table, rows in read().items()
            if rows - before[table] > FEW
        }
    assert found == {}
