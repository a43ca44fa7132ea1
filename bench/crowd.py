"""Workspaces with more credits than a benchmark can spend."""

from django.db import connection

from accounts.models import Workspace
from billing import ledger

MANY = 1_000
PLENTY = 1_000_000_000


def workspaces() -> list[Workspace]:
    """A thousand funded workspaces, made once; `bench_workspace` numbers them for pgbench."""
    known = list(Workspace.objects.filter(slug__startswith="bench-").order_by("slug"))
    if known:
        return known
    made = Workspace.objects.bulk_create(
        Workspace(name=f"Bench {number}", slug=f"bench-{number:04}") for number in range(1, MANY + 1)
    )
    for number, workspace in enumerate(made):
        ledger.grant(workspace, PLENTY, key=f"bench:{number}", reference="bench")
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_workspace (number integer PRIMARY KEY, workspace_id uuid NOT NULL);"
            "INSERT INTO bench_workspace SELECT row_number() OVER (ORDER BY slug), id FROM accounts_workspace "
            "WHERE slug LIKE 'bench-%'"
        )
    return made
