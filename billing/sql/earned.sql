-- What each movement of credits earned us, exactly and as the books knew it at that moment: one row for each capture,
-- purchase and taking back from the last closed day on, and one without an id for all that its workspace did before.
-- Columns: id, workspace_id, kind, reference, came (cents that were paid, net of what went back), earned (cents, by use).
--
-- What is covered of the line (line.sql) is earned at the price of its lot: cents paid / credits bought, and nothing for
-- credits given. What was earned up to a position is what the lots before it were worth, and the covered part of the lot
-- it is in. A movement earned the difference between two positions.

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
