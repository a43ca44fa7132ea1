-- What must always be true of the ledger, as one query whose rows are the violations: (invariant, violation).
-- Used by `manage.py reconcile`, the tests and the fault runs. The numbers are kept in docs/ledger.md.
--
-- Begins at the proven point (billing/reconciliation/proven.py): `first` is the smallest id of a transfer that is not proven,
-- `touched` are the holds that may have changed since (touched.sql); billing/reconciliation/invariants.py puts both in. What a wallet and a token had there is added to what has moved since, so every wallet and token is compared, and a transfer
-- that was put behind the point is missing in the sum. With the nil UUID everything is read, and nothing counts as proven.

WITH proven AS (
    SELECT workspace_id, available, held, debt FROM billing_provenwallet WHERE {first} > {nothing}
),
since AS NOT MATERIALIZED (SELECT * FROM billing_transfer WHERE id >= {first}),
balances AS (
    SELECT workspace_id, sum(available) AS available, sum(held) AS held, sum(debt) AS debt
    FROM (
        SELECT * FROM proven
        UNION ALL
        SELECT workspace_id,
               sum(CASE WHEN target = 'available' THEN amount WHEN source = 'available' THEN -amount ELSE 0 END),
               sum(CASE WHEN target = 'held' THEN amount WHEN source = 'held' THEN -amount ELSE 0 END),
               sum(CASE WHEN source = 'debt' THEN amount WHEN target = 'debt' THEN -amount ELSE 0 END)
        FROM since GROUP BY workspace_id
    ) AS parts GROUP BY workspace_id
),
chain AS (
    SELECT id, workspace_id, available_after,
           coalesce(lag(available_after) OVER (PARTITION BY workspace_id ORDER BY id), proven.available, 0)
           + CASE WHEN target = 'available' THEN amount WHEN source = 'available' THEN -amount ELSE 0 END AS expected
    FROM since LEFT JOIN proven USING (workspace_id)
),
touched AS ({touched}),
moved AS (
    SELECT hold_id,
           sum(amount) FILTER (WHERE kind = 'hold') AS held,
           coalesce(sum(amount) FILTER (WHERE kind = 'capture'), 0) AS captured,
           coalesce(sum(amount) FILTER (WHERE kind = 'release'), 0) AS released
    FROM touched JOIN billing_transfer ON hold_id = touched.id GROUP BY hold_id
)

-- I1: every transfer moves between two accounts that its kind may move between
SELECT 'I1', format('transfer %s: %s from %s to %s', id, kind, source, target)
FROM since
WHERE (kind, source, target) NOT IN (
    VALUES ('grant', 'granted', 'available'), ('purchase', 'sold', 'available'), ('hold', 'available', 'held'),
           ('capture', 'held', 'used'), ('release', 'held', 'available'), ('settle', 'available', 'debt'),
           ('reverse', 'available', 'refunded'), ('reverse', 'debt', 'refunded'),
           ('reverse', 'available', 'disputed'), ('reverse', 'debt', 'disputed'),
           ('restore', 'refunded', 'available'), ('restore', 'disputed', 'available'),
           ('write_off', 'written_off', 'debt'), ('adjust', 'adjusted', 'available'),
           ('adjust', 'available', 'adjusted'),
           ('fund', 'available', 'clients'), ('fund', 'clients', 'available'),
           ('withdraw', 'available', 'clients'), ('withdraw', 'clients', 'available')
)

UNION ALL
-- I2: what the wallets have is what the platform's accounts gave, less what they took back; test worlds are no part of it
SELECT 'I2', format('wallets have %s, the platform gave %s', wallets, platform)
FROM (
    SELECT (SELECT coalesce(sum(available + held - debt), 0) FROM billing_wallet
            WHERE workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')) AS wallets,
           (SELECT coalesce(sum(given), 0) FROM billing_provenpoint WHERE {first} > {nothing})
           + (SELECT coalesce(sum(amount) FILTER (WHERE source NOT IN ('available', 'held', 'debt')), 0)
                   - coalesce(sum(amount) FILTER (WHERE target NOT IN ('available', 'held', 'debt')), 0)
              FROM since WHERE workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')) AS platform
) AS totals
WHERE wallets <> platform

UNION ALL
-- I3: each wallet is the sum of its transfers, and the running balance has no gap
SELECT 'I3', format('workspace %s: wallet %s available, %s held, %s debt; transfers %s, %s, %s', workspace_id,
                    w.available, w.held, w.debt, b.available, b.held, b.debt)
FROM billing_wallet AS w FULL JOIN balances AS b USING (workspace_id)
WHERE (coalesce(w.available, 0), coalesce(w.held, 0), coalesce(w.debt, 0))
    IS DISTINCT FROM (coalesce(b.available, 0), coalesce(b.held, 0), coalesce(b.debt, 0))

UNION ALL
SELECT 'I3', format('transfer %s of workspace %s: %s available behind it, expected %s', id, workspace_id,
                    available_after, expected)
FROM chain WHERE available_after <> expected

UNION ALL
-- I4: nothing is below zero, and no credit stands beside a debt
SELECT 'I4', format('workspace %s: %s available, %s held, %s debt', workspace_id, available, held, debt)
FROM billing_wallet
WHERE available < 0 OR held < 0 OR debt < 0 OR (available > 0 AND debt > 0)

UNION ALL
-- I5: an effect happens once; among older ones the unique index sees to it, which the whole proof looks behind
SELECT 'I5', format('%s transfers with the key %s', count(*), key)
FROM since GROUP BY key HAVING count(*) > 1

UNION ALL
-- I6: a hold began once, ends once, and its transfers say the same as its row
SELECT 'I6', format('hold %s of %s: %s captured, %s released, ended %s; transfers %s, %s, %s', h.id, h.amount,
                    h.captured, h.released, h.ended_at, m.held, m.captured, m.released)
FROM touched JOIN billing_hold AS h USING (id) LEFT JOIN moved AS m ON m.hold_id = h.id
WHERE (h.amount, h.captured, h.released) IS DISTINCT FROM (m.held, m.captured, m.released)
    OR h.captured + h.released > h.amount
    OR (h.ended_at IS NOT NULL) <> (h.captured + h.released = h.amount)

UNION ALL
-- I6: what a token has committed is what its holds have not given back
SELECT 'I6', format('token %s: %s committed, %s by its holds', t.id, t.credits_committed, coalesce(h.committed, 0))
FROM accounts_apitoken AS t LEFT JOIN (
    SELECT token_id, sum(committed) AS committed
    FROM (
        SELECT token_id, committed FROM billing_proventoken WHERE {first} > {nothing}
        UNION ALL
        SELECT token_id, CASE kind WHEN 'hold' THEN amount ELSE -amount END
        FROM since WHERE token_id IS NOT NULL AND kind IN ('hold', 'release')
    ) AS parts GROUP BY token_id
) AS h ON h.token_id = t.id
WHERE t.credits_committed <> coalesce(h.committed, 0)

UNION ALL
-- I9: every paid purchase handed over once what it promised, and nothing else was handed over for money
SELECT 'I9', format('purchase %s is %s, promised %s credits, handed over %s in %s transfers', coalesce(p.id::text, s.reference),
                    p.status, p.credits, coalesce(s.credits, 0), coalesce(s.transfers, 0))
FROM (SELECT * FROM billing_purchase WHERE status = 'paid') AS p
FULL JOIN (
    SELECT reference, workspace_id, sum(amount) AS credits, count(*) AS transfers
    FROM billing_transfer WHERE kind = 'purchase' GROUP BY reference, workspace_id
) AS s ON s.reference = 'purchase:' || p.id AND s.workspace_id = p.workspace_id
WHERE p.id IS NULL OR s.transfers IS DISTINCT FROM 1 OR s.credits IS DISTINCT FROM p.credits

UNION ALL
-- I11: a transfer's hold is of its workspace
SELECT 'I11', format('transfer %s is of workspace %s, its hold of %s', t.id, t.workspace_id, h.workspace_id)
FROM since AS t JOIN billing_hold AS h ON h.id = t.hold_id
WHERE t.workspace_id <> h.workspace_id

UNION ALL
-- I12: what leaves a partner for its client, or comes back, arrives there; nothing else comes through that account
SELECT 'I12', format('transfer %s: %s credits of workspace %s by %s have no other side', id, amount, workspace_id, kind)
FROM (
    SELECT t.*, coalesce(o.kind = t.kind AND o.amount = t.amount AND o.source = 'clients'
                         AND (SELECT CASE t.kind WHEN 'fund' THEN taker.parent_id = giver.id
                                                 ELSE giver.parent_id = taker.id END
                              FROM accounts_workspace AS giver, accounts_workspace AS taker
                              WHERE giver.id = t.workspace_id AND taker.id = o.workspace_id), false) AS is_paired
    FROM since AS t LEFT JOIN billing_transfer AS o ON o.key = t.key || ':in'
    WHERE t.target = 'clients'
    UNION ALL
    SELECT t.*, EXISTS (SELECT FROM billing_transfer AS o
                        WHERE o.key = regexp_replace(t.key, ':in$', '') AND o.target = 'clients')
    FROM since AS t WHERE t.source = 'clients'
) AS moved WHERE NOT is_paired

UNION ALL
-- I13: what a cap has counted is what the holds of its period have not given back; one of all time is proven with all else
SELECT 'I13', format('cap %s of %s %s: %s counted since %s, %s by the holds', c.id, c.kind, c.subject, c.committed, c.since,
                     coalesce(h.committed, 0))
FROM billing_cap AS c LEFT JOIN LATERAL (
    SELECT sum(amount - released) AS committed FROM billing_hold
    WHERE workspace_id = c.workspace_id AND created_at >= c.since AND ledger_is_spending(reference)
        AND c.subject = ANY (ledger_cap_subjects(workspace_id, actor_id, token_id))
) AS h ON true
WHERE c.committed <> coalesce(h.committed, 0) AND ({first} = {nothing} OR c.period <> 'total')

UNION ALL
-- I10: the triggers that keep history are there and on
SELECT 'I10', format('the trigger %s is missing or switched off', wanted)
FROM unnest(ARRAY['transfer_never_changes', 'transfer_never_emptied', 'hold_ends_once', 'hold_never_deleted',
                  'hold_never_emptied', 'wallet_never_deleted', 'wallet_never_emptied',
                  'transfer_in_its_workspace']) AS wanted
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = wanted AND tgenabled IN ('O', 'A')
)
