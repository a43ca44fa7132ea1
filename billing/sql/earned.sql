-- What each movement of credits earned us, exactly and as the books knew it at that moment: one row for each capture,
-- purchase and taking back of a period, and one without an id for all that a workspace did before it.
-- Columns: id, workspace_id, kind, came (cents that were paid, net of what went back), earned (cents, by use).
--
-- The rule, which is that of lots.sql for every moment instead of now: spending is first in, first out. Lay a workspace's
-- lots one behind the other in the order in which they came; what it has used covers that line from its beginning, and
-- what is covered is earned at the price of its lot: cents paid / credits bought, and nothing for credits given.
-- * `position` is how far the line is covered: credits used, taken away by adjustments, or paid into a debt; what was
--   taken back beyond what was left (the debt) uncovers as much.
-- * Taking credits of a purchase back, and giving them back, changes the lengths on the line; each such movement begins
--   an `epoch`, and the line is laid anew for each. So days that are over never change: what a refund takes from earlier
--   revenue is booked when it happens.
-- * What was earned up to a position is what the lots before it were worth, and the covered part of the lot it is in.
--   A movement earned the difference between two positions.
-- Everything is one pass over sorted rows, without a loop. Parameters: first and end, the smallest ids of two days.

WITH lots AS (
    SELECT t.workspace_id, t.id, t.kind, t.reference, t.amount AS credits, coalesce(p.amount, 0)::numeric AS cents,
           coalesce(p.credits, 1) AS bought,
           row_number() OVER (PARTITION BY t.workspace_id ORDER BY t.id) AS lot
    FROM billing_transfer AS t LEFT JOIN billing_purchase AS p ON t.reference = 'purchase:' || p.id
    WHERE t.target = 'available' AND t.kind IN ('grant', 'purchase', 'adjust') AND t.id < %(end)s
),
moves AS (
    SELECT id, workspace_id, kind, reference, amount, kind IN ('reverse', 'restore') AS is_epoch,
           CASE WHEN kind IN ('capture', 'settle', 'adjust') THEN amount
                WHEN source = 'debt' THEN -amount ELSE 0 END AS covered
    FROM billing_transfer
    WHERE id < %(end)s AND (kind IN ('capture', 'settle', 'reverse', 'restore', 'purchase')
                            OR (kind = 'adjust' AND source = 'available'))
),
opening AS (
    SELECT workspace_id, sum(covered) AS position, count(*) FILTER (WHERE is_epoch) AS epoch
    FROM moves WHERE id < %(first)s GROUP BY workspace_id
),
points AS (
    SELECT NULL::uuid AS id, workspace_id, 'opening' AS kind, '' AS reference, 0 AS amount, position, epoch
    FROM opening
    UNION ALL
    SELECT id, workspace_id, kind, reference, amount,
           coalesce(opening.position, 0) + sum(covered) OVER so_far,
           coalesce(opening.epoch, 0) + count(*) FILTER (WHERE is_epoch) OVER so_far
    FROM moves LEFT JOIN opening USING (workspace_id)
    WHERE id >= %(first)s
    WINDOW so_far AS (PARTITION BY workspace_id ORDER BY id)
),
taken AS (
    SELECT workspace_id, lot, CASE moves.kind WHEN 'reverse' THEN moves.amount ELSE -moves.amount END AS credits,
           row_number() OVER (PARTITION BY workspace_id ORDER BY moves.id) AS epoch
    FROM moves JOIN lots USING (workspace_id, reference) WHERE is_epoch AND lots.kind = 'purchase'
),
lengths AS (
    SELECT lots.workspace_id, epochs.epoch, lots.lot, lots.id, lots.cents, lots.bought,
           lots.credits - coalesce(sum(taken.credits), 0) AS credits
    FROM (SELECT DISTINCT workspace_id, epoch FROM points) AS epochs
    JOIN lots USING (workspace_id)
    LEFT JOIN taken ON taken.workspace_id = lots.workspace_id AND taken.lot = lots.lot AND taken.epoch <= epochs.epoch
    GROUP BY lots.workspace_id, epochs.epoch, lots.lot, lots.id, lots.cents, lots.bought, lots.credits
),
line AS (
    SELECT workspace_id, epoch, lot, id, credits, cents, bought,
           sum(credits) OVER earlier - credits AS begins,
           sum(credits * cents / bought) OVER earlier - credits * cents / bought AS worth
    FROM lengths WINDOW earlier AS (PARTITION BY workspace_id, epoch ORDER BY lot)
),
found AS (
    SELECT id, workspace_id, epoch, position, kind, reference, amount,
           max(lot) OVER (PARTITION BY workspace_id, epoch ORDER BY position, is_point, id NULLS FIRST) AS lot, is_point
    FROM (
        SELECT id, workspace_id, epoch, position, kind, reference, amount, NULL AS lot, true AS is_point FROM points
        UNION ALL
        SELECT NULL, workspace_id, epoch, begins, '', '', 0, lot, false FROM line
    ) AS merged
),
earned AS (
    SELECT found.id, workspace_id, epoch, found.kind, found.reference, found.amount,
           coalesce(line.worth + least(found.position - line.begins, line.credits) * line.cents / line.bought, 0) AS total
    FROM found LEFT JOIN line USING (workspace_id, epoch, lot)
    WHERE is_point
)
SELECT earned.id, earned.workspace_id, earned.kind, earned.reference,
       CASE earned.kind
           WHEN 'purchase' THEN lots.cents
           WHEN 'reverse' THEN -earned.amount * lots.cents / lots.bought
           WHEN 'restore' THEN earned.amount * lots.cents / lots.bought
           WHEN 'opening' THEN (
               SELECT sum(credits * cents / bought) FROM line
               WHERE line.workspace_id = earned.workspace_id AND line.epoch = earned.epoch AND line.id < %(first)s
           )
       END AS came,
       total - coalesce(lag(total) OVER (PARTITION BY earned.workspace_id ORDER BY earned.id NULLS FIRST), 0) AS earned
FROM earned
LEFT JOIN lots ON lots.workspace_id = earned.workspace_id AND lots.reference = earned.reference AND lots.kind = 'purchase'
