-- The credits that a workspace has used since the beginning of a day (UTC): on closed days, and since.
-- Parameters: workspace, since, and listed, the smallest id of that day.

WITH begins AS (
    -- The smallest id of the first day that is not closed: UUIDv7 begins with milliseconds
    SELECT coalesce(
        (lpad(to_hex((extract(epoch FROM max(day) + 1) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid,
        '00000000-0000-0000-0000-000000000000'
    ) AS id
    FROM billing_closedday
)
SELECT (SELECT coalesce(sum(used), 0) FROM billing_dailyuse WHERE workspace_id = %(workspace)s AND day >= %(since)s)
    + (SELECT coalesce(sum(amount), 0) FROM billing_transfer
       WHERE workspace_id = %(workspace)s AND kind = 'capture' AND id >= %(listed)s AND id >= (SELECT id FROM begins))
