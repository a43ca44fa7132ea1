-- What the credits of a purchase were used for: for each capture, how much of the line that it covered (line.sql) belonged
-- to the purchase's lot at that moment. Columns: id, reference, created_at, credits.
-- Parameter: purchase, its reference.

parts AS (
    SELECT points.id, points.reference,
           least(points.position, line.begins + line.credits)
               - greatest(points.position - points.covered, line.begins) AS credits
    FROM points JOIN line USING (workspace_id, epoch)
    WHERE points.kind = 'capture' AND line.reference = %(purchase)s
)
SELECT parts.id, parts.reference, t.created_at, parts.credits
FROM parts JOIN billing_transfer AS t USING (id)
WHERE parts.credits > 0
