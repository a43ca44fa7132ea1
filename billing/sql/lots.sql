-- Every lot of credits: what came in at once, oldest first, and at what price. Spending is first in, first out; what that
-- makes of the lots is read by remaining.sql (what remains now), earned.sql (what each movement earned) and uses.sql (what a
-- purchase was used for). `billing.ledger.lots.read` puts these texts together.
-- Columns: id, workspace_id, kind, reference, credits, cents / bought (the price of a credit; nothing for credits given), lot.
-- Parameters: workspace (null: all but test worlds), end (the smallest id that is too late).

lots AS (
    SELECT t.id, t.workspace_id, t.kind, t.reference, t.amount AS credits,
           CASE WHEN t.kind = 'purchase' THEN coalesce(p.amount, 0) ELSE 0 END::numeric AS cents,
           CASE WHEN t.kind = 'purchase' THEN coalesce(p.credits, 1) ELSE 1 END AS bought,
           row_number() OVER (PARTITION BY t.workspace_id ORDER BY t.id) AS lot
    FROM billing_transfer AS t
    LEFT JOIN billing_purchase AS p
        ON t.kind = 'purchase' AND p.workspace_id = t.workspace_id AND t.reference = 'purchase:' || p.id
    WHERE t.target = 'available' AND t.kind IN ('grant', 'purchase', 'adjust', 'fund') AND t.id < %(end)s
        AND (%(workspace)s::uuid IS NULL OR t.workspace_id = %(workspace)s)
        AND (%(workspace)s::uuid IS NOT NULL OR t.workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test'))
)
