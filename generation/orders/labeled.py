"""Finding of orders by the labels that whoever ordered attached to them (`generation.orders.labels`)."""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import F, Func, QuerySet, TextField, Value
from django.db.models.lookups import Exact

from accounts.models import Workspace
from generation.models import Generation
from generation.models.generation import SCOPED_METADATA

FEW: Final = 2_000


def labeled(
    workspace: Workspace, external_id: str = "", metadata: Mapping[str, str] | None = None
) -> QuerySet[Generation]:
    """Select the workspace's generations with an id and all of some pairs; empty ones exclude nothing.

    Few that have the pairs are selected by their ids; for many, whoever pages walks the newest generations, which soon fill
    the page. Left alone, PostgreSQL may sort all of them for each page.
    """
    found: QuerySet[Generation] = workspace.generations.all()
    if external_id:
        found = found.filter(external_id=external_id)
    if not metadata:
        return found
    # The stubs take what is looked for in an expression for text.
    wanted: Any = {"": str(workspace.pk), **metadata}
    having = Generation.objects.alias(scoped=SCOPED_METADATA).exclude(metadata={})
    having = having.filter(scoped__contains=wanted).order_by()
    few = list(having.values_list("pk", flat=True)[: FEW + 1])
    if len(few) <= FEW:
        return found.filter(pk__in=few)
    for name, value in metadata.items():
        found = found.filter(Exact(_Pair(F("metadata"), Value(name)), value))
    return found


class _Pair(Func):
    """The text of a name, which may be a number: by Django's own it would be a place in a list. No index has it."""

    function = "jsonb_extract_path_text"
    output_field = TextField()
