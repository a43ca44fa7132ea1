"""No index that another makes superfluous: each is written with every row, and read by nobody."""

import pytest
from django.db import connection

SEARCHES = "a twin for LIKE beside a unique or plain index of the same column"
OTHERS = {
    "account": f"allauth's own: {SEARCHES}; a row for each address",
    "auth": "Django's own: many-to-many tables and names of groups; a handful of rows",
    "accounts_user_groups": "Django's own many-to-many table; operators alone have groups",
    "accounts_user_user_permissions": "Django's own many-to-many table; nobody has permissions of their own",
    "django": f"Django's own sessions: {SEARCHES}; a row for each sign-in",
    "djstripe": f"dj-stripe's own: {SEARCHES}; a few rows for each purchase",
    "usersessions": f"allauth's own: {SEARCHES}; a row for each sign-in",
}
"""Tables of others, by how they begin, and why theirs may stay: each upgrade would bring them back."""

_REDUNDANT = """
    WITH known AS (
        SELECT indexrelid AS id, indrelid AS of, indexrelid::regclass::text AS name, indrelid::regclass::text AS owner,
            indisunique AS is_unique, pg_get_expr(indpred, indrelid) AS part, indnkeyatts AS length, relam AS method,
            ARRAY(SELECT pg_get_indexdef(indexrelid, at, true) FROM generate_series(1, indnkeyatts) AS at) AS columns,
            ARRAY(SELECT indclass[at - 1] FROM generate_series(1, indnkeyatts) AS at) AS classes
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace
    ), bare AS (
        SELECT *, ARRAY(SELECT regexp_replace(one, ' (DESC|ASC|NULLS|varchar_pattern_ops|text_pattern_ops).*', '')
                        FROM unnest(columns) AS one) AS plain
        FROM known
    )
    SELECT DISTINCT one.owner, one.name, other.name FROM bare AS one JOIN bare AS other USING (of, method)
    WHERE one.id <> other.id AND one.part IS NOT DISTINCT FROM other.part AND other.plain[1:one.length] = one.plain
        AND (
            NOT one.is_unique AND (one.name LIKE '%\\_like' OR NOT other.name LIKE '%\\_like')
            OR one.is_unique AND other.is_unique AND one.length = other.length AND one.id > other.id
        )
    ORDER BY 1, 2
"""


def redundant():
    with connection.cursor() as cursor:
        cursor.execute(_REDUNDANT)
        return cursor.fetchall()


def is_of_others(table):
    return any(table == one or table.startswith(f"{one}_") for one in OTHERS)


@pytest.mark.django_db
def test_no_index_of_ours_says_what_another_says():
    found = [
        f"{table}: {name} beside {other}" for table, name, other in redundant() if not is_of_others(table)
    ]
    assert found == []


@pytest.mark.django_db
def test_those_of_others_are_named_with_a_reason_only_where_there_are_any():
    tables = {table for table, _, _ in redundant()}
    idle = [one for one in OTHERS if not any(table == one or table.startswith(f"{one}_") for table in tables)]
    assert idle == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    "definition",
    [
        "INDEX one ON generation_image (workspace_id, id DESC)",
        "INDEX one ON generation_event (workspace_id)",
        "INDEX one_like ON billing_purchase (payment_intent varchar_pattern_ops)",
        "UNIQUE INDEX one ON billing_transfer (key)",
        "INDEX one ON generation_image (workspace_id) WHERE deleted_at IS NULL AND status = 'stored'",
    ],
)
def test_a_new_one_is_found(definition):
    with connection.cursor() as cursor:
        if "generation_image (workspace_id, id DESC)" in definition:
            cursor.execute("CREATE INDEX longer ON generation_image (workspace_id, id DESC, status)")
        cursor.execute(f"CREATE {definition}")
    assert any(name in {"one", "one_like"} for _, name, _ in redundant()), definition


@pytest.mark.django_db
@pytest.mark.parametrize(("table", "column"), [("billing_transfer", "key"), ("billing_hold", "reference")])
def test_the_ledgers_keys_are_found_by_their_beginning_in_any_locale(table, column):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for condition in (f"{column} = 'dispute:1'", f"{column} LIKE 'dispute:%%'"):
            cursor.execute(f"EXPLAIN SELECT FROM {table} WHERE {condition}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "_once" in plan, plan
        cursor.execute("SELECT opcname FROM pg_opclass JOIN pg_index ON pg_opclass.oid = ANY(indclass) WHERE indexrelid = %s::regclass",
                       [f"{table.removeprefix('billing_')}_once"])  # fmt: skip
        assert cursor.fetchone() == ("varchar_pattern_ops",)
