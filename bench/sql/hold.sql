-- What `billing.ledger.hold` writes, as plain SQL in one round trip, which is pgbench's best case: the guarded UPDATE of
-- the wallet, the hold, its transfer.
\set number random(1, :workspaces)
WITH who AS (
    SELECT workspace_id, gen_random_uuid()::text AS name FROM bench_workspace WHERE number = :number
), moved AS (
    UPDATE billing_wallet AS wallet SET available = available - 1, held = held + 1
    FROM who
    WHERE wallet.workspace_id = who.workspace_id AND available >= 1 AND debt = 0
        AND NOT EXISTS (
            SELECT FROM accounts_workspace WHERE id = wallet.workspace_id AND suspended_at IS NOT NULL
        )
    RETURNING wallet.workspace_id, wallet.available, 'bench:' || who.name AS reference
), held AS (
    INSERT INTO billing_hold (id, workspace_id, reference, amount, token_id, actor_id, created_at)
    SELECT uuidv7(), workspace_id, reference, 1, NULL, NULL, clock_timestamp() FROM moved
    ON CONFLICT (reference) DO NOTHING
    RETURNING id
)
INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id, actor_id,
                              token_id, available_after, created_at)
SELECT uuidv7(), workspace_id, 'hold', 'available', 'held', 1, 'hold:' || reference, reference, '', held.id, NULL, NULL,
       available, clock_timestamp()
FROM moved, held;
