-- Images ordered since an id that have ended, by five minutes and, in the row without a moment, in all: delivered, failed,
-- withheld by moderation, and the seconds from order to stored at the 50th and 95th percentile. Canceled ones and those of test worlds don't count.
SELECT bucket, count(*) FILTER (WHERE status = 'stored'),
       count(*) FILTER (WHERE status = 'failed' AND NOT withheld), count(*) FILTER (WHERE withheld),
       percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY seconds)
FROM (
    SELECT date_bin('5 minutes', created_at, 'epoch') AS bucket, status, reason LIKE 'moderation%%' AS withheld,
           CASE WHEN status = 'stored' THEN extract(epoch FROM finished_at - created_at)::float8 END AS seconds
    FROM generation_image
    WHERE id >= %(since)s AND status IN ('stored', 'failed') AND reason <> 'canceled'
        AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
) AS ended
GROUP BY GROUPING SETS ((bucket), ())
ORDER BY bucket NULLS FIRST
