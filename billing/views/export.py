"""Export of the ledger as a file."""

from collections.abc import Iterable, Iterator

from django.http import StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from accounts.models import Role
from accounts.requests import MemberRequest
from billing.ledger import statement
from billing.models.ledger import Transfer
from billing.views.overview import StatementView
from core import ids
from core.inputs.queries import refuse_ignored
from core.outputs import csv_cells, exports

COLUMNS = (
    "time", "id", "kind", "from", "to", "credits", "available_after", "reference", "reason", "who",
)  # fmt: skip


@require_safe
@require_role(Role.VIEWER)
def statement_csv(request: MemberRequest) -> StreamingHttpResponse:
    """Stream every transfer, newest first, however many there are.

    Raises:
        BadRequest: the address names a month or a person that can't be one.
    """
    view = StatementView.from_request(request)
    refuse_ignored(request.GET, {"month": view.month, "who": view.who, "show": view.group})
    name = f"statement-{request.workspace.slug}{view.month.strftime('-%Y-%m') if view.month else ''}.csv"
    pages = map(_cells, statement.movements(request.workspace, view.month, view.who))
    return exports.stream(
        request, csv_cells.portions(COLUMNS, pages), content_type="text/csv; charset=utf-8", filename=name
    )


def _cells(rows: Iterable[Transfer]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield (
            row.created_at.isoformat(timespec="milliseconds"), ids.public("trf", row.pk), row.kind, row.source, row.target,
            row.amount, row.available_after, row.reference, row.reason, statement.actor_name(row),
        )  # fmt: skip
