-- What is left of every lot now: since spending is first in, first out, what remains belongs to the newest.
-- Columns: id, workspace_id, reference, kind, credits (net of what was taken back), cents (net), left_credits, left_cents.

taken AS (
    SELECT workspace_id, reference, sum(CASE kind WHEN 'reverse' THEN amount ELSE -amount END) AS credits
    FROM billing_transfer
    WHERE kind IN ('reverse', 'restore') AND (%(workspace)s::uuid IS NULL OR workspace_id = %(workspace)s)
    GROUP BY 1, 2
),
net AS (
    SELECT lots.id, lots.workspace_id, lots.reference, lots.kind, lots.cents AS paid, lots.bought,
           lots.credits - CASE WHEN lots.kind = 'purchase' THEN coalesce(taken.credits, 0) ELSE 0 END AS credits
    FROM lots LEFT JOIN taken USING (workspace_id, reference)
),
counted AS (
    SELECT net.*, w.available + w.held AS remaining,
           coalesce(sum(credits) OVER (PARTITION BY workspace_id ORDER BY id DESC
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
    FROM net JOIN billing_wallet AS w USING (workspace_id)
)
SELECT id, workspace_id, reference, kind, credits, credits * paid / bought AS cents,
       greatest(0, least(credits, remaining - newer)) AS left_credits,
       greatest(0, least(credits, remaining - newer)) * paid / bought AS left_cents
FROM counted
