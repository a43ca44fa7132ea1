"""The ledger as a file."""

import csv
from collections.abc import Iterator

from django.http import StreamingHttpResponse

from accounts import ids
from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing import statement
from billing.cells import harmless
from billing.models.ledger import Transfer
from billing.views.overview import View

COLUMNS = (
    "time", "id", "kind", "from", "to", "credits", "available_after", "reference", "reason", "who",
)  # fmt: skip


class Echo:
    """A file that hands each written line back."""

    def write(self, line: str) -> str:
        """The line."""
        return line


@require_role(Role.VIEWER)
def statement_csv(request: MemberRequest) -> StreamingHttpResponse:
    """Every transfer, newest first; streamed, however many there are."""
    view = View.of(request)
    name = f"statement-{request.workspace.slug}{view.month.strftime('-%Y-%m') if view.month else ''}.csv"
    return StreamingHttpResponse(
        _lines(statement.movements(request.workspace, view.month)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(rows: Iterator[Transfer]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        cells = (
            row.created_at.isoformat(timespec="milliseconds"), ids.public("trf", row.pk), row.kind, row.source, row.target,
            row.amount, row.available_after, row.reference, row.reason, statement.who(row),
        )  # fmt: skip
        yield writer.writerow([harmless(cell) for cell in cells])
