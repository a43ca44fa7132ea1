-- What customers paid and got back by day (UTC), from `since` to `until`, which is not included: days without either are
-- left out. Columns: day, paid, tax, fees, purchases, paid_back, lost.

SELECT day, sum(paid), sum(tax), coalesce(sum(fees), 0), sum(purchases), sum(paid_back), sum(lost)
FROM (
    SELECT (paid_at AT TIME ZONE 'UTC')::date AS day, amount AS paid, tax, fee AS fees, 1 AS purchases, 0 AS paid_back,
           0 AS lost
    FROM billing_purchase
    WHERE status = 'paid' AND paid_at >= %(since)s AND paid_at < %(until)s
        AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
    UNION ALL
    SELECT (created_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, amount, 0
    FROM billing_refund
    WHERE status <> 'failed' AND purchase_id IS NOT NULL AND created_at >= %(since)s AND created_at < %(until)s
    UNION ALL
    SELECT (closed_at AT TIME ZONE 'UTC')::date, 0, 0, 0, 0, 0, gone
    FROM billing_dispute
    WHERE gone > 0 AND purchase_id IS NOT NULL AND closed_at >= %(since)s AND closed_at < %(until)s
) AS moved
GROUP BY day
