-- Every lot of credits with what is left of it, for all workspaces: spending is first in, first out, so what remains
-- belongs to the newest. The same rule as billing/lots.py, which asks for one workspace.
-- Columns: workspace_id, reference, kind, credits (net of what was taken back), cents (net), left_credits, left_cents.

WITH taken AS (
    SELECT reference, sum(CASE kind WHEN 'reverse' THEN amount ELSE -amount END) AS credits
    FROM billing_transfer WHERE kind IN ('reverse', 'restore') GROUP BY reference
),
lots AS (
    SELECT t.id, t.workspace_id, t.reference, t.kind,
           t.amount - CASE WHEN t.kind = 'purchase' THEN coalesce(taken.credits, 0) ELSE 0 END AS credits,
           CASE WHEN t.kind = 'purchase' THEN p.amount ELSE 0 END::numeric AS paid,
           CASE WHEN t.kind = 'purchase' THEN p.credits ELSE 1 END AS bought
    FROM billing_transfer AS t
    LEFT JOIN taken ON taken.reference = t.reference
    LEFT JOIN billing_purchase AS p ON t.reference = 'purchase:' || p.id
    WHERE t.target = 'available' AND t.kind IN ('grant', 'purchase', 'adjust')
),
counted AS (
    SELECT lots.*, w.available + w.held AS remaining,
           coalesce(sum(credits) OVER (PARTITION BY workspace_id ORDER BY id DESC
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
    FROM lots JOIN billing_wallet AS w USING (workspace_id)
)
SELECT workspace_id, reference, kind, credits, credits * paid / bought AS cents,
       greatest(0, least(credits, remaining - newer)) AS left_credits,
       greatest(0, least(credits, remaining - newer)) * paid / bought AS left_cents
FROM counted
