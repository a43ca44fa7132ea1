-- Closed days whose sums by workspace or by model are not what the ledger closed them with: a sentence each.

SELECT format('%s: usage adds up to %s credits and revenue to %s cents; the ledger closed it with %s and %s', closed.day,
              coalesce(used.credits, 0), round(coalesce(earned.revenue, 0), 6), closed.used, round(closed.by_images, 6))
FROM billing_closedday AS closed
LEFT JOIN (
    SELECT day, sum(credits) AS credits FROM generation_dailyusage
    WHERE workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test') GROUP BY 1
) AS used ON used.day = closed.day
LEFT JOIN (SELECT day, sum(revenue) AS revenue FROM generation_dailycost GROUP BY 1) AS earned ON earned.day = closed.day
WHERE coalesce(used.credits, 0) <> closed.used OR abs(coalesce(earned.revenue, 0) - closed.by_images) > 0.000001
ORDER BY closed.day LIMIT 100
