from django.db import connection, migrations, transaction

from core import ids

_OWNERS = """
    SELECT workspace.id FROM accounts_workspace AS workspace
    WHERE workspace.mode = 'live' AND (
        EXISTS (SELECT FROM accounts_apitoken WHERE workspace_id = workspace.id AND is_test)
        OR EXISTS (SELECT FROM generation_generation WHERE workspace_id = workspace.id AND is_test)
        OR EXISTS (SELECT FROM generation_batch WHERE workspace_id = workspace.id AND is_test)
        OR EXISTS (SELECT FROM api_webhookendpoint WHERE workspace_id = workspace.id AND is_test)
        OR EXISTS (SELECT FROM api_idempotencykey WHERE workspace_id = workspace.id AND is_test)
    )
    ORDER BY workspace.id
"""
_FUNCTION = "generation_refuse_move"
_LET_MOVE = """
    CREATE OR REPLACE FUNCTION generation_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$
"""
_WORLD = """
    INSERT INTO accounts_workspace (id, name, slug, created_at, mode, live_id, suspended_at)
    SELECT %(new)s, name, left(slug, 40) || '-test-' || right(%(new)s::text, 8), clock_timestamp(), 'test', id, suspended_at
    FROM accounts_workspace WHERE id = %(live)s
    ON CONFLICT (live_id) DO NOTHING
"""
_FIND = "SELECT id FROM accounts_workspace WHERE live_id = %(live)s"
# The first credits of a test world, as `billing.ledger.test_credits` gives them.
_CREDITS = (
    """
    INSERT INTO billing_wallet (workspace_id, available, held, debt, last_transfer)
    VALUES (%(world)s, 1000, 0, 0, uuidv7()) ON CONFLICT (workspace_id) DO NOTHING
    """,
    """
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, available_after, created_at)
    SELECT last_transfer, workspace_id, 'grant', 'granted', 'available', 1000, 'test:' || workspace_id || ':1', 'test:1',
           'Test credits', 1000, clock_timestamp()
    FROM billing_wallet WHERE workspace_id = %(world)s ON CONFLICT (key) DO NOTHING
    """,
)
# Each is done before what belongs to it: triggers compare a row's workspace with that of its owner.
_MOVES = (
    "UPDATE accounts_apitoken SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    # References that only test orders have named. Those that others name, too, stay, and what is under way finds them.
    """
    WITH named AS (
        SELECT is_test, unnest("references" || mask) AS id FROM generation_generation WHERE workspace_id = %(live)s
    )
    UPDATE generation_reference SET workspace_id = %(world)s
    WHERE workspace_id = %(live)s AND id IN (SELECT id FROM named WHERE is_test)
        AND id NOT IN (SELECT id FROM named WHERE NOT is_test AND id IS NOT NULL)
        AND id NOT IN (SELECT unnest("references") FROM generation_styleversion WHERE workspace_id = %(live)s)
    """,
    "UPDATE generation_batch SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    """
    UPDATE generation_batchrow AS row SET workspace_id = %(world)s
    FROM generation_batch AS batch WHERE batch.id = row.batch_id AND batch.workspace_id = %(world)s AND row.workspace_id = %(live)s
    """,
    """
    UPDATE generation_archive AS archive SET workspace_id = %(world)s
    FROM generation_batch AS batch
    WHERE batch.id = archive.batch_id AND batch.workspace_id = %(world)s AND archive.workspace_id = %(live)s
    """,
    "UPDATE generation_generation SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    """
    UPDATE generation_image AS image SET workspace_id = %(world)s
    FROM generation_generation AS generation
    WHERE generation.id = image.generation_id AND generation.workspace_id = %(world)s AND image.workspace_id = %(live)s
    """,
    """
    UPDATE generation_attempt AS attempt SET workspace_id = %(world)s
    FROM generation_image AS image
    WHERE image.id = attempt.image_id AND image.workspace_id = %(world)s AND attempt.workspace_id = %(live)s
    """,
    """
    UPDATE generation_derivation AS derivation SET workspace_id = %(world)s
    FROM generation_image AS image
    WHERE image.id = derivation.image_id AND image.workspace_id = %(world)s AND derivation.workspace_id = %(live)s
    """,
    """
    UPDATE gallery_favorite AS favorite SET workspace_id = %(world)s
    FROM generation_image AS image
    WHERE image.id = favorite.image_id AND image.workspace_id = %(world)s AND favorite.workspace_id = %(live)s
    """,
    """
    UPDATE generation_event AS event SET workspace_id = %(world)s
    FROM generation_generation AS generation
    WHERE generation.id = event.generation_id AND generation.workspace_id = %(world)s AND event.workspace_id = %(live)s
    """,
    """
    UPDATE generation_dailytestimages AS counted SET workspace_id = %(world)s
    WHERE workspace_id = %(live)s
        AND NOT EXISTS (SELECT FROM generation_dailytestimages WHERE workspace_id = %(world)s AND day = counted.day)
    """,
    """
    UPDATE api_call AS call SET workspace_id = %(world)s
    FROM accounts_apitoken AS token
    WHERE token.id = call.token_id AND token.workspace_id = %(world)s AND call.workspace_id = %(live)s
    """,
    "UPDATE api_idempotencykey SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    # Numbers of events stay, and those of the test world go on behind the last one.
    """
    INSERT INTO api_eventstream (workspace_id, last)
    SELECT %(world)s, last FROM api_eventstream WHERE workspace_id = %(live)s ON CONFLICT (workspace_id) DO NOTHING
    """,
    "UPDATE api_webhookendpoint SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    "UPDATE api_webhookevent SET workspace_id = %(world)s WHERE workspace_id = %(live)s AND is_test",
    """
    UPDATE api_webhookdelivery AS delivery SET workspace_id = %(world)s
    FROM api_webhookendpoint AS endpoint
    WHERE endpoint.id = delivery.endpoint_id AND endpoint.workspace_id = %(world)s AND delivery.workspace_id = %(live)s
    """,
)


def move(apps, schema_editor):
    """Give each workspace that has used test tokens its test world, and move there what was made with them."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS)
        owners = [row[0] for row in cursor.fetchall()]
    for live in owners:
        with transaction.atomic(), connection.cursor() as cursor:
            # Whoever creates, suspends or renames it waits.
            cursor.execute("SELECT FROM accounts_workspace WHERE id = %s FOR NO KEY UPDATE", [live])
            cursor.execute(_WORLD, {"live": live, "new": ids.new()})
            cursor.execute(_FIND, {"live": live})
            ((world,),) = cursor.fetchall()
            for statement in _CREDITS:
                cursor.execute(statement, {"world": world})
            _move(cursor, {"live": live, "world": world})


def _move(cursor, worlds):
    """Move the rows; that none changes its workspace is refused again by the time that anybody else sees it."""
    cursor.execute("SELECT pg_get_functiondef(%s::regproc)", [_FUNCTION])
    ((definition,),) = cursor.fetchall()
    cursor.execute(_LET_MOVE)
    for statement in _MOVES:
        cursor.execute(statement, worlds)
    cursor.execute(definition)


class Migration(migrations.Migration):
    """Move what test tokens made into test worlds, a workspace at a time, beside whoever works.

    Rows of all houses move together. Among the houses' migrations this is the place from which states of models need not be
    rendered anew for each app behind it.

    Until it has ended, processes of the release before refuse test tokens that were moved: they look for members of the test
    world, which has none of its own. So they write nothing of the test world where it does not belong.
    """

    atomic = False
    dependencies = [
        ("accounts", "0011_worlds_valid"),
        ("api", "0011_webhooks"),
        ("billing", "0029_proven_point"),
        ("gallery", "0005_redundant_indexes"),
        ("generation", "0043_files_to_remove"),
    ]
    operations = [migrations.RunPython(move, migrations.RunPython.noop, elidable=True)]
