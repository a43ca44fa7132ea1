-- Credits that the platform's accounts gave between two points, less what they took back, test worlds left out. Parameters: first, until.

SELECT coalesce(sum(amount) FILTER (WHERE source NOT IN ('available', 'held', 'debt')), 0)
     - coalesce(sum(amount) FILTER (WHERE target NOT IN ('available', 'held', 'debt')), 0)
FROM billing_transfer
WHERE id >= %(first)s AND id < %(until)s AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
