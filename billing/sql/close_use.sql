-- Keep what each workspace used on a day. Parameters: first and end, the smallest ids of the day and of the next.

INSERT INTO billing_dailyuse (workspace_id, day, used)
SELECT workspace_id, (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date, sum(amount)
FROM billing_transfer WHERE id >= %(first)s AND id < %(end)s AND kind = 'capture'
GROUP BY 1, 2
