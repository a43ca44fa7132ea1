"""How functions and triggers come into the database, and how their absence is noticed."""

import dataclasses
import re
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import ProgrammingError, connection
from django.utils import timezone

from config.environment import ROOT
from config.schema import sql_files, sql_functions
from config.schema.sql_files import Definition, InstallationError
from config.schema.sql_functions import Origin

pytestmark = pytest.mark.django_db
ALL = sql_files.definitions()
SEEN = next(one for one in ALL if one.key[1] == "ledger_seen")
ONE = "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;"


def changed(one, before="BEGIN", after="BEGIN -- changed"):
    assert before in one.source
    return dataclasses.replace(one, source=one.source.replace(before, after, 1))


def with_instead(one, *instead):
    """This code's definitions, with others in the place of one."""
    return tuple(other for other in ALL if other.key != one.key) + instead


def function(name, source):
    return Definition(("function", name, ""), source)


def ask(query, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


def origin(name):
    found = ask("SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname = %s", name)
    return Origin.parse(found[0][0]) if found else None


def versions():
    return dict(ask("SELECT proname, xmin::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"))


def test_installing_again_changes_nothing():
    before = versions()
    assert sql_functions.pending(connection) == []
    assert sql_functions.install(connection) == ([], [])
    assert versions() == before


def test_only_what_changed_is_replaced_and_the_text_before_is_remembered():
    before, new = versions(), changed(SEEN)
    wanted = with_instead(SEEN, new)
    assert sql_functions.pending(connection, wanted) == ["function ledger_seen"]
    assert sql_functions.install(connection, wanted) == (["function ledger_seen"], [])
    assert {name for name, version in versions().items() if version != before[name]} == {"ledger_seen"}
    assert origin("ledger_seen") == Origin(new.digest, (SEEN.digest,))
    ((body,),) = ask("SELECT prosrc FROM pg_proc WHERE proname = 'ledger_seen'")
    assert "-- changed" in body


def test_a_trigger_is_replaced_too():
    one = next(one for one in ALL if one.key[1] == "hold_never_deleted")
    new = changed(one, "BEFORE DELETE", "BEFORE DELETE OR UPDATE")
    assert sql_functions.install(connection, with_instead(one, new))[0] == [one.label]
    ((text,),) = ask("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'hold_never_deleted'")
    assert "DELETE OR UPDATE" in text


def test_older_code_misses_nothing_beside_newer_functions_and_newer_code_does():
    new = changed(SEEN)
    assert sql_functions.missing(connection, with_instead(SEEN, new)) == ["function ledger_seen"]
    sql_functions.install(connection, with_instead(SEEN, new))
    assert sql_functions.missing(connection) == []
    assert sql_functions.missing(connection, with_instead(SEEN, new)) == []


def test_what_no_file_defines_is_kept_for_a_release_and_dropped_by_the_next():
    gone = function(
        "ledger_gone", "CREATE OR REPLACE FUNCTION ledger_gone() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;"
    )
    sql_functions.install(connection, (*ALL, gone))
    assert sql_functions.pending(connection) == ["function ledger_gone"]
    assert sql_functions.install(connection) == ([], [])
    assert sql_functions.install(connection) == ([], [])  # the same release a second time
    assert ask("SELECT ledger_gone()") == [(1,)]
    assert sql_functions.missing(connection, (*ALL, gone)) == []  # the release before is still ready
    next_one = with_instead(SEEN, changed(SEEN))
    assert sql_functions.install(connection, next_one) == ([SEEN.label], ["function ledger_gone"])
    assert origin("ledger_gone") is None


def test_what_comes_back_is_in_use_again():
    without = with_instead(SEEN)
    sql_functions.install(connection, without)
    assert origin("ledger_seen").retired_by
    assert sql_functions.install(connection) == ([SEEN.label], [])
    assert origin("ledger_seen") == Origin(SEEN.digest)


def test_a_trigger_goes_before_its_function():
    text = """
        CREATE OR REPLACE FUNCTION ledger_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
        CREATE OR REPLACE TRIGGER gone AFTER INSERT ON billing_hold FOR EACH ROW EXECUTE FUNCTION ledger_gone();
    """
    sql_functions.install(connection, (*ALL, *sql_files.parse(text, "text")))
    sql_functions.install(connection)
    next_one = with_instead(SEEN, changed(SEEN))
    assert sql_functions.install(connection, next_one)[1] == [
        "trigger gone on billing_hold",
        "function ledger_gone",
    ]


def test_what_others_made_is_left_alone():
    ask("CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    ask("COMMENT ON FUNCTION theirs() IS 'of an extension'")
    before = versions()
    sql_functions.install(connection, with_instead(SEEN, changed(SEEN)))
    sql_functions.install(connection)
    assert versions()["theirs"] == before["theirs"]
    assert "procrastinate_defer_jobs_v1" in versions()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("RETURNS text", "RETURNS varchar"),
        ("p_kind text", "p_kinds text"),
        ("p_kind text", "p_kind varchar"),
        ("p_reference text\n", "p_reference text, p_more text\n"),
    ],
)
def test_a_changed_signature_needs_a_new_name(before, after):
    old = versions()
    with pytest.raises(InstallationError, match=r"ledger_seen.*a changed signature needs a new name"):
        sql_functions.install(connection, with_instead(SEEN, changed(SEEN, before, after)))
    assert versions() == old


def test_the_order_of_definitions_does_not_matter():
    inner = function(
        "ledger_b", "CREATE OR REPLACE FUNCTION ledger_b() RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;"
    )
    outer = function("ledger_a", inner.source.replace("ledger_b", "ledger_a").replace("2", "ledger_b()"))
    sql_functions.install(connection, (outer, inner, *ALL))
    assert ask("SELECT ledger_a()") == [(2,)]


@pytest.mark.parametrize(
    ("language", "body"), [("sql", "SELECT nothing FROM billing_hold"), ("plpgsql", "BEGIN RETURN 1 + ; END")]
)
def test_a_body_that_does_not_fit_the_tables_undoes_all(language, body):
    old = versions()
    wrong = f"CREATE OR REPLACE FUNCTION ledger_wrong() RETURNS int LANGUAGE {language} AS $$ {body} $$;"
    with pytest.raises(ProgrammingError):
        sql_functions.install(
            connection, (*with_instead(SEEN, changed(SEEN)), function("ledger_wrong", wrong))
        )
    assert versions() == old


@pytest.mark.parametrize(
    "other", ["DROP TABLE two;", ONE.replace("$$;", "$$ STABLE;") + ONE, "CREATE" + ONE[17:]]
)
def test_nothing_but_functions_and_triggers_of_one_form_is_installed(other):
    text = f"-- A comment\n{ONE}\n{other}\n"
    with pytest.raises(InstallationError, match=r"^text, line 3: only"):
        list(sql_files.parse(text, "text"))


def test_files_define_what_is_installed_and_nothing_is_forgotten():
    pattern = r"^CREATE(?: OR REPLACE)? (FUNCTION|TRIGGER) (\w+)"
    texts = [path.read_text() for path in ROOT.glob("*/sql/*.sql")]
    found = sorted(
        (kind.lower(), name) for text in texts for kind, name in re.findall(pattern, text, re.MULTILINE)
    )
    assert found == sorted(one.key[:2] for one in ALL)


def test_no_migration_needs_a_function():
    """They run before the functions are installed."""
    names = "|".join(one.key[1] for one in ALL if one.key[0] == "function")
    found = {
        (path.name, name)
        for path in ROOT.glob("*/migrations/*.py")
        for name in re.findall(rf"\b({names})\b\(", path.read_text())
    }
    assert found == {
        ("0018_close.py", "generation_close"),  # which drops one with another signature
        ("0006_test_worlds.py", "generation_refuse_move"),  # which puts it back as it was
    }


@pytest.fixture
def worker():
    ask("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", timezone.now())


@pytest.mark.parametrize(
    "statement",
    [
        "DROP FUNCTION generation_submit",
        "DROP TRIGGER transfer_never_changes ON billing_transfer",
        "COMMENT ON FUNCTION generation_submit IS NULL",
        'COMMENT ON FUNCTION generation_submit IS \'createio: {"source": "0123456789abcdef"}\'',
    ],
)
def test_not_ready_without_a_function_of_this_code_until_migrate_runs(client, worker, statement):
    ask(statement)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "functions not installed (1): run manage.py migrate"
    with pytest.raises(SystemExit):
        call_command("migrate", check_unapplied=True, verbosity=0)
    call_command("migrate", verbosity=0)
    call_command("migrate", check_unapplied=True, verbosity=0)
    assert client.get("/readyz").status_code == 200


def test_a_deploy_that_changes_a_function_and_no_migration_installs_it():
    ask('COMMENT ON FUNCTION generation_submit IS \'createio: {"source": "0123456789abcdef"}\'')
    call_command("prepare", stdout=StringIO())
    assert sql_functions.pending(connection) == []
