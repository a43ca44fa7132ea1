"""Every list of the admin: whatever stands in its address is answered, and its search leads to what was meant."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import lookup_spawns_duplicates
from django.contrib.admin.views.main import ERROR_FLAG, ChangeList
from django.core.exceptions import FieldError, ValidationError
from django.core.paginator import Paginator
from django.db import DataError, NotSupportedError, ProgrammingError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.operators import search

UNREADABLE = (
    IncorrectLookupParameters, ValueError, TypeError, LookupError, ArithmeticError, FieldError, ValidationError,
    DataError, ProgrammingError, NotSupportedError,
)  # fmt: skip
"""What Django and PostgreSQL raise about lookups and values that make no sense."""
DEEPEST = 10_000
"""Rows that can be paged through and are counted; who wants what lies behind them narrows the list."""
SEARCHED = "An id of any kind, an email address, or a name of a workspace or a person."
WHOLE = "This address of the list can't be read, so here is the whole list."


class AtLeast(int):
    """A number of rows that stands for it and any larger one."""

    def __str__(self) -> str:
        return f"{int(self):,} or more"


class BoundedPaginator(Paginator):
    """Counts up to `DEEPEST` rows, so that neither the count nor the last page reads a whole table."""

    @cached_property
    def count(self) -> int:
        """Return how many rows there are, at least `DEEPEST` for more."""
        rows = self.object_list
        found = rows.order_by().values("pk")[:DEEPEST].count() if isinstance(rows, QuerySet) else len(rows)
        return AtLeast(found) if found >= DEEPEST else found


class _Checked(ChangeList):
    """A list that takes what can't be read in its address for an address without it."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> QuerySet[Any]:
        """Build the rows' query.

        Raises:
            IncorrectLookupParameters: the address makes no sense.
        """
        try:
            return super().get_queryset(request, *args, **kwargs)
        except UNREADABLE as error:
            if not request.GET:
                raise
            raise _told(request, error) from error

    def get_results(self, request: HttpRequest) -> None:
        """Read the page's rows here, where what PostgreSQL can't read can still be answered.

        Raises:
            IncorrectLookupParameters: the address makes no sense.
        """
        try:
            with transaction.atomic():
                super().get_results(request)
                # Kept by the query, so that the template does not ask again.
                len(self.result_list)
        except UNREADABLE as error:
            if not request.GET:
                raise
            raise _told(request, error) from error


class ListMixin(admin.ModelAdmin):
    """What the site adds to every admin, ours and other people's."""

    paginator = BoundedPaginator
    show_full_result_count = False
    # Each counts the whole table once for every choice of every filter.
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return the class of the list, made to answer whatever stands in its address."""
        base = super().get_changelist(request, **kwargs)
        return type(f"Checked{base.__name__}", (_Checked, base), {})

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        """Return the fields that are searched; the key stands for ids and owners, which are searched everywhere."""
        return self.own_fields(request) or (["pk"] if search.is_searchable(self.model) else [])

    def own_fields(self, request: HttpRequest) -> list[str]:
        """Return the search fields that the table has: other people's admins name some that it doesn't have."""
        return search.usable_fields(self.model, super().get_search_fields(request))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Narrow the list to what the term is about."""
        if not search_term.strip():
            return queryset, False
        term = search.term_of(request, search_term)
        if term.is_cut:
            messages.info(
                request,
                f"More than {search.MOST} people or workspaces fit; the newest of them are searched. "
                "An address or an id is exact.",
            )
        fields = self.own_fields(request)
        found = search.condition(self, fields, term)
        repeats = any(lookup_spawns_duplicates(self.opts, one) for one in fields)
        return (queryset.filter(found) if found else queryset.none()), repeats


def _told(request: HttpRequest, error: Exception) -> IncorrectLookupParameters:
    """Return what Django shows the whole list at, and say so once."""
    if ERROR_FLAG not in request.GET:
        messages.warning(request, WHOLE)
    return IncorrectLookupParameters(error)
