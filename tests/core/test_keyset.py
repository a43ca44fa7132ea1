"""Pages by key, over any list: no gap, no repetition, whatever comes or goes between two of them."""

from uuid import UUID

import pytest

from accounts.models import AuditEvent
from core import ids
from core.database import keyset

pytestmark = pytest.mark.django_db


@pytest.fixture
def events(workspace):
    """Seven rows, oldest first; and the list of them, newest first."""
    made = [AuditEvent.objects.create(workspace=workspace, action=f"test.{n}") for n in range(7)]
    return made, AuditEvent.objects.filter(action__startswith="test.").order_by("-pk")


def test_pages_follow_each_other_and_the_last_leads_nowhere(events):
    made, listed = events
    assert list(keyset.pages(listed, 3)) == [made[:3:-1], made[3:0:-1], made[:1]]
    assert list(keyset.pages(listed, 7)) == [made[::-1]]
    assert list(keyset.pages(listed.none(), 3)) == []


@pytest.mark.parametrize(("size", "has_more"), [(6, True), (7, False), (8, False)])
def test_one_row_more_is_read_and_never_shown(events, size, has_more):
    made, listed = events
    page = keyset.page(listed, size)
    assert page.rows == made[::-1][:size]
    assert page.has_more == has_more
    assert page.last == (page.rows[-1] if has_more else None)


def test_a_row_that_is_gone_still_marks_its_place(events):
    made, listed = events
    gone = UUID(int=made[3].pk.int + 1)
    assert keyset.page(listed, 2, after=gone).rows == [made[3], made[2]]
    assert keyset.page(listed, 2, start=gone).rows == [made[3], made[2]]
    assert keyset.page(listed, 2, after=made[3].pk).rows == [made[2], made[1]]
    assert keyset.page(listed, 2, start=made[3].pk).rows == [made[3], made[2]]


def test_a_page_before_a_place_ends_there(events):
    made, listed = events
    page = keyset.before(listed, 2, made[3].pk)
    assert (page.rows, page.has_more) == ([made[5], made[4]], True)
    page = keyset.before(listed, 3, made[3].pk)
    assert (page.rows, page.has_more) == ([made[6], made[5], made[4]], False)
    assert keyset.before(listed, 3, ids.new()).rows == []


def test_rows_that_were_read_already_are_cut_the_same():
    page = keyset.cut([9, 8, 7], 2)
    assert (page.rows, page.last) == ([9, 8], 8)
    assert keyset.cut((9, 8), 2).last is None
