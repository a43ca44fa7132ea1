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
    SELECT t.workspace_id, t.kind, t.reference, t.amount AS credits, coalesce(p.amount, 0)::numeric AS cents,
           coalesce(p.credits, 1) AS bought,
           row_number() OVER (PARTITION BY t.workspace_id ORDER BY t.id) AS lot
    FROM billing_transfer AS t LEFT JOIN billing_purchase AS p ON t.reference = 'purchase:' || p.id
    WHERE t.target = 'available' AND t.kind IN ('grant', 'purchase', 'adjust') AND t.id < %(end)s
),
moves AS (
    SELECT t.id, t.workspace_id, t.kind, t.reference, t.kind IN ('reverse', 'restore') AS is_epoch,
           CASE WHEN t.kind IN ('capture', 'settle', 'adjust') THEN t.amount
                WHEN t.source = 'debt' THEN -t.amount ELSE 0 END AS covered,
           CASE t.kind WHEN 'reverse' THEN t.amount WHEN 'restore' THEN -t.amount END AS taken,
           CASE t.kind WHEN 'purchase' THEN p.amount::numeric
                       WHEN 'reverse' THEN -t.amount * p.amount::numeric / p.credits
                       WHEN 'restore' THEN t.amount * p.amount::numeric / p.credits ELSE 0 END AS came
    FROM billing_transfer AS t
    LEFT JOIN billing_purchase AS p
        ON t.kind IN ('reverse', 'restore', 'purchase') AND t.reference = 'purchase:' || p.id
    WHERE t.id < %(end)s AND (t.kind IN ('capture', 'settle', 'reverse', 'restore', 'purchase')
                              OR (t.kind = 'adjust' AND t.source = 'available'))
),
opening AS (
    SELECT workspace_id, sum(covered) AS position, count(*) FILTER (WHERE is_epoch) AS epoch, sum(came) AS came
    FROM moves WHERE id < %(first)s GROUP BY workspace_id
),
points AS (
    SELECT NULL::uuid AS id, workspace_id, 'opening' AS kind, '' AS reference, came, position, epoch
    FROM opening
    UNION ALL
    SELECT id, workspace_id, kind, reference, moves.came,
           coalesce(opening.position, 0) + sum(covered) OVER so_far,
           coalesce(opening.epoch, 0) + count(*) FILTER (WHERE is_epoch) OVER so_far
    FROM moves LEFT JOIN opening USING (workspace_id)
    WHERE id >= %(first)s
    WINDOW so_far AS (PARTITION BY workspace_id ORDER BY id)
),
taken AS (
    SELECT workspace_id, lot, moves.taken AS credits,
           row_number() OVER (PARTITION BY workspace_id ORDER BY moves.id) AS epoch
    FROM moves JOIN lots USING (workspace_id, reference) WHERE is_epoch AND lots.kind = 'purchase'
),
lengths AS (
    SELECT lots.workspace_id, epochs.epoch, lots.lot, lots.cents, lots.bought,
           lots.credits - coalesce(sum(taken.credits), 0) AS credits
    FROM (SELECT DISTINCT workspace_id, epoch FROM points) AS epochs
    JOIN lots USING (workspace_id)
    LEFT JOIN taken
        ON taken.workspace_id = lots.workspace_id AND taken.lot = lots.lot AND taken.epoch <= epochs.epoch
    GROUP BY lots.workspace_id, epochs.epoch, lots.lot, lots.cents, lots.bought, lots.credits
),
line AS (
    SELECT workspace_id, epoch, lot, credits, cents, bought,
           sum(credits) OVER earlier - credits AS begins,
           sum(credits * cents / bought) OVER earlier - credits * cents / bought AS worth
    FROM lengths WINDOW earlier AS (PARTITION BY workspace_id, epoch ORDER BY lot)
),
-- Points and lots sorted along the line: a point is in the last lot that begins before it, whose numbers it takes over
sorted AS (
    SELECT merged.*, max(own) OVER (PARTITION BY workspace_id, epoch ORDER BY position, is_point, own, id) AS lot
    FROM (
        SELECT id, workspace_id, epoch, position, true AS is_point, kind, reference, came, NULL::bigint AS own,
               NULL::bigint AS credits, NULL::numeric AS cents, NULL::integer AS bought, NULL::numeric AS worth,
               NULL::numeric AS begins
        FROM points
        UNION ALL
        SELECT NULL, workspace_id, epoch, begins, false, '', '', 0, lot, credits, cents, bought, worth, begins FROM line
    ) AS merged
),
placed AS (
    SELECT id, workspace_id, is_point, kind, reference, came, coalesce(
               max(worth) OVER same
               + least(position - max(begins) OVER same, max(credits) OVER same) * max(cents) OVER same / max(bought) OVER same,
           0) AS total
    FROM sorted WINDOW same AS (PARTITION BY workspace_id, epoch, lot)
)
SELECT id, workspace_id, kind, reference, came,
       total - coalesce(lag(total) OVER (PARTITION BY workspace_id ORDER BY id NULLS FIRST), 0) AS earned
FROM placed WHERE is_point
