-- A closed day says what its transfers say, those of test worlds left out: (kind, difference), from the proven point on, as in invariants.sql.

SELECT 'closed day', format('%s: closed with %s, its transfers say %s', closed.day,
                            ROW(closed.used, closed.sold, closed.granted, closed.refunded, closed.disputed, closed.adjusted,
                                closed.written_off),
                            ROW(coalesce(moved.used, 0), coalesce(moved.sold, 0), coalesce(moved.granted, 0),
                                coalesce(moved.refunded, 0), coalesce(moved.disputed, 0), coalesce(moved.adjusted, 0),
                                coalesce(moved.written_off, 0)))
FROM billing_closedday AS closed
LEFT JOIN (
    SELECT (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date AS day,
           sum(amount) FILTER (WHERE kind = 'capture') AS used, sum(amount) FILTER (WHERE kind = 'purchase') AS sold,
           sum(amount) FILTER (WHERE kind = 'grant') AS granted,
           sum(CASE WHEN target = 'refunded' THEN amount WHEN source = 'refunded' THEN -amount END) AS refunded,
           sum(CASE WHEN target = 'disputed' THEN amount WHEN source = 'disputed' THEN -amount END) AS disputed,
           sum(CASE WHEN source = 'adjusted' THEN amount WHEN target = 'adjusted' THEN -amount END) AS adjusted,
           sum(amount) FILTER (WHERE kind = 'write_off') AS written_off
    FROM billing_transfer
    WHERE kind NOT IN ('hold', 'release') AND id >= {first}
        AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
    GROUP BY 1
) AS moved ON moved.day = closed.day
WHERE (closed.used, closed.sold, closed.granted, closed.refunded, closed.disputed, closed.adjusted, closed.written_off)
    IS DISTINCT FROM (coalesce(moved.used, 0), coalesce(moved.sold, 0), coalesce(moved.granted, 0), coalesce(moved.refunded, 0),
                      coalesce(moved.disputed, 0), coalesce(moved.adjusted, 0), coalesce(moved.written_off, 0))
    AND ({first} = {nothing} OR closed.day >= (uuid_extract_timestamp({first}) AT TIME ZONE 'UTC')::date)
