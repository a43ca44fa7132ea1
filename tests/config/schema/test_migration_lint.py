"""What `make check` says of a migration that would hold others up, and of one whose file says why it may."""

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from config.environment import ROOT

SLOW = 'BEGIN; CREATE INDEX "by_name" ON "accounts_user" ("name"); COMMIT;'
REQUIRED = 'BEGIN; ALTER TABLE "accounts_user" ADD COLUMN "age" integer NOT NULL; COMMIT;'
PLAIN = """
BEGIN;
CREATE TABLE "new" ("id" uuid NOT NULL PRIMARY KEY, "name" varchar(50) NOT NULL);
CREATE INDEX "by_name" ON "new" ("name");
COMMIT;
"""


@pytest.fixture
def lint():
    loader = SourceFileLoader("ci_migrations", str(ROOT / ".ci/migrations"))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def migration(tmp_path, monkeypatch, lint):
    monkeypatch.setattr(lint, "print", lambda *_: None, raising=False)
    monkeypatch.setattr(Path, "relative_to", lambda path, *_: path)
    made = tmp_path / "accounts/migrations/0099_new.py"
    made.parent.mkdir(parents=True)
    made.touch()
    return made


@pytest.mark.parametrize(("sql", "expected"), [(SLOW, 1), (REQUIRED, 1), (PLAIN, 0)])
def test_what_holds_others_up_is_named(lint, migration, tmp_path, sql, expected):
    assert lint._lint(migration, sql, tmp_path) == expected


def test_an_exception_needs_its_reason(lint, migration, tmp_path):
    migration.write_text("# squawk: ignore require-concurrent-index-creation\n")
    assert lint._lint(migration, SLOW, tmp_path) == 1
    migration.write_text(
        "# squawk: ignore require-concurrent-index-creation because the table has ten rows\n"
    )
    assert lint._lint(migration, SLOW, tmp_path) == 0


def test_the_list_of_what_came_before_names_files_that_are_there(lint):
    assert [name for name in lint.BEFORE.read_text().split() if not (ROOT / name).exists()] == []
