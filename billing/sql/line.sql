-- Where on the line of lots each movement of credits stands. Lay a workspace's lots one behind the other in the order in
-- which they came; what it has used covers that line from its beginning.
-- * `position` is how far the line is covered: credits used, taken away by adjustments, moved to a client or its partner,
--   or paid into a debt; what was taken back beyond what was left (the debt), or back from a client, uncovers as much.
-- * Taking credits of a purchase back, and giving them back, changes the lengths on the line; each such movement begins
--   an `epoch`, and the line is laid anew for each. So days that are over never change: what a refund takes from earlier
--   revenue is booked when it happens.
-- `points` are the movements (id, workspace_id, kind, reference, came, covered, position, epoch) from `first` on, with one
-- without an id for all that a workspace did before; `line` are the lots of each epoch with where they begin. Both are one
-- pass over sorted rows, without a loop. Parameters: workspace (null: all but test worlds), first and end, the smallest ids of two days:
-- `first` is the day after the last closed one, or the nil UUID for the whole history.

moves AS (
    SELECT t.id, t.workspace_id, t.kind, t.reference, t.kind IN ('reverse', 'restore') AS is_epoch,
           CASE WHEN t.kind IN ('capture', 'settle', 'adjust') OR t.target = 'clients' THEN t.amount
                WHEN t.source IN ('debt', 'clients') THEN -t.amount ELSE 0 END AS covered,
           CASE t.kind WHEN 'purchase' THEN p.amount::numeric
                       WHEN 'reverse' THEN -t.amount * p.amount::numeric / p.credits
                       WHEN 'restore' THEN t.amount * p.amount::numeric / p.credits ELSE 0 END AS came
    FROM billing_transfer AS t
    LEFT JOIN billing_purchase AS p
        ON t.kind IN ('reverse', 'restore', 'purchase') AND p.workspace_id = t.workspace_id
            AND t.reference = 'purchase:' || p.id
    WHERE t.id >= %(first)s AND t.id < %(end)s AND (%(workspace)s::uuid IS NULL OR t.workspace_id = %(workspace)s)
        AND (%(workspace)s::uuid IS NOT NULL OR t.workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test'))
        AND (t.kind IN ('capture', 'settle', 'reverse', 'restore', 'purchase')
             OR (t.kind = 'adjust' AND t.source = 'available')
             OR t.kind = 'withdraw' OR (t.kind = 'fund' AND t.source = 'available'))
),
opening AS (
    SELECT workspace_id, position, epoch FROM billing_walletatclose
    WHERE %(first)s::uuid > '00000000-0000-0000-0000-000000000000' AND workspace_id IN (SELECT workspace_id FROM moves)
),
points AS (
    SELECT NULL::uuid AS id, workspace_id, 'opening' AS kind, '' AS reference, 0::numeric AS came, 0::bigint AS covered,
           position::numeric, epoch::bigint
    FROM opening
    UNION ALL
    SELECT id, workspace_id, kind, reference, moves.came, covered,
           coalesce(opening.position, 0) + sum(covered) OVER so_far,
           coalesce(opening.epoch, 0) + count(*) FILTER (WHERE is_epoch) OVER so_far
    FROM moves LEFT JOIN opening USING (workspace_id)
    WINDOW so_far AS (PARTITION BY workspace_id ORDER BY id)
),
taken AS (
    SELECT workspace_id, lot, CASE t.kind WHEN 'reverse' THEN t.amount ELSE -t.amount END AS credits,
           row_number() OVER (PARTITION BY workspace_id ORDER BY t.id) AS epoch
    FROM billing_transfer AS t JOIN lots USING (workspace_id, reference)
    WHERE t.kind IN ('reverse', 'restore') AND t.id < %(end)s AND lots.kind = 'purchase'
),
lengths AS (
    SELECT lots.workspace_id, epochs.epoch, lots.lot, lots.reference, lots.cents, lots.bought,
           lots.credits - coalesce(sum(taken.credits), 0) AS credits
    FROM (SELECT DISTINCT workspace_id, epoch FROM points) AS epochs
    JOIN lots USING (workspace_id)
    LEFT JOIN taken
        ON taken.workspace_id = lots.workspace_id AND taken.lot = lots.lot AND taken.epoch <= epochs.epoch
    GROUP BY lots.workspace_id, epochs.epoch, lots.lot, lots.reference, lots.cents, lots.bought, lots.credits
),
line AS (
    SELECT workspace_id, epoch, lot, reference, credits, cents, bought,
           sum(credits) OVER earlier - credits AS begins,
           sum(credits * cents / bought) OVER earlier - credits * cents / bought AS worth
    FROM lengths WINDOW earlier AS (PARTITION BY workspace_id, epoch ORDER BY lot)
)
