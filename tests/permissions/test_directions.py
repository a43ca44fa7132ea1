"""What people wrote stands in its own direction on every page, however the page itself reads."""

from html.parser import HTMLParser
from typing import Final

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, TextField
from django.test import Client

from tests.permissions.table import EVERYBODY, ROWS
from tests.permissions.test_matrix import NAMED, ask

pytestmark = pytest.mark.django_db

WORDS: Final = "מגדלור, 12"
"""Right to left, and with a number that would stand on the wrong side."""
WRITTEN: Final = {
    "User.name", "Workspace.name", "ApiToken.name", "Generation.prompt", "Generation.sent_prompt",
    "Batch.name", "BatchRow.prompt", "BatchRow.name", "Style.name", "Style.summary",
    "Reference.name", "Appeal.sentence", "AppealDecision.reason",
}  # fmt: skip
"""Columns that hold what a person wrote."""
NO_PAGES: Final = ("/api/", "/v1/", "/files/", "/archives/")
EMPTY: Final = {"input", "img", "br", "hr", "meta", "link", "source", "use", "path", "col", "wbr"}
FREE: Final = {"title", "script", "style"}
"""What the browser's own interface shows, or nobody."""
NO_WORDS: Final = {
    "email",
    "url",
    "number",
    "tel",
    "password",
    "hidden",
    "checkbox",
    "radio",
    "submit",
    "file",
    "date",
    "range",
    "color",
}


ASCII: Final = {"sha256", "slug", "networks", "code"}
"""Fields for what is never in another script."""


class Page(HTMLParser):
    """Collects what stands on a page without a direction of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.wrong: list[str] = []
        self.seen = 0

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        isolated = tag == "bdi" or (said.get("dir") in {"auto", "ltr", "rtl"} and tag not in {"html", "body"})
        typed = tag == "textarea" or (tag == "input" and said.get("type", "text") not in NO_WORDS)
        if (
            typed
            and not isolated
            and "inputmode" not in said
            and said.get("name", said.get("id")) not in ASCII
        ):
            self.wrong.append(f"<{tag}> {said.get('name') or said.get('id')}")
        if tag not in EMPTY:
            self.open.append((tag, isolated))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if WORDS[:6] in data and not {tag for tag, _ in self.open} & FREE:
            self.seen += 1
            if not any(isolated for _, isolated in self.open):
                self.wrong.append(
                    f"{'/'.join(tag for tag, _ in self.open[-3:])}: {' '.join(data.split())[:60]}"
                )


def write_right_to_left() -> None:
    """Say `WORDS` in every column that people write into."""
    for model in apps.get_models():
        for column in model._meta.get_fields():
            if isinstance(column, CharField | TextField) and f"{model.__name__}.{column.name}" in WRITTEN:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f'UPDATE "{model._meta.db_table}" SET "{column.column}" = left(%s || id, %s)',
                        [WORDS, column.max_length or 900],
                    )


def test_words_of_people_have_a_direction_of_their_own(cast, objects, workspace, alice):
    named = objects(workspace, alice)
    write_right_to_left()
    outside, owner = Client(), cast("owner", "")
    wrong, seen = {}, 0
    for row in ROWS:
        if row.verb != "GET" or row.ok != 200 or row.address.startswith(NO_PAGES):
            continue
        client = outside if row.who is EVERYBODY else owner
        answer = ask(client, row, NAMED.sub(lambda found: named[found[1]], row.address), named)
        if answer.status_code != 200 or "text/html" not in answer["Content-Type"]:
            continue
        page = Page()
        page.feed(answer.content.decode())
        seen += page.seen
        for one in page.wrong:
            wrong.setdefault(one, row.address)
    assert not wrong, "\n".join(f"{where}: {what}" for what, where in wrong.items())
    assert seen > 100, "the pages show what people wrote"
