-- The books by day (UTC), test worlds left out, since the last closed day: what moved, was earned and was outstanding from
-- `since` to `until`, which is not included; `earned` is earned.sql, which stands before this. What moved are the sums of a day's rows. `outstanding`
-- and `debt` are what customers had and owed when the day was over, `liability` what was paid and not earned by then; the
-- parameters of these names are those of the last closed day. `otherwise` is what was earned by other things than images:
-- adjustments, debts that were paid; and, below nothing, what refunds took from earlier revenue.
-- `listed` is the smallest id of `since`. Columns: billing/models/closed_day.py.

WITH revenue AS (
    SELECT CASE WHEN id >= %(listed)s THEN (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date END AS day,
           sum(earned) FILTER (WHERE kind = 'capture') AS by_images,
           sum(earned) FILTER (WHERE kind <> 'capture') AS otherwise,
           sum(coalesce(came, 0) - earned) AS unearned
    FROM earned WHERE id IS NOT NULL GROUP BY 1
),
moved AS (
    SELECT CASE WHEN id >= %(listed)s THEN (uuid_extract_timestamp(id) AT TIME ZONE 'UTC')::date END AS day,
           sum(amount) FILTER (WHERE kind = 'purchase') AS sold,
           sum(amount) FILTER (WHERE kind = 'grant') AS granted,
           sum(amount) FILTER (WHERE kind = 'capture') AS used,
           sum(CASE WHEN target = 'refunded' THEN amount WHEN source = 'refunded' THEN -amount END) AS refunded,
           sum(CASE WHEN target = 'disputed' THEN amount WHEN source = 'disputed' THEN -amount END) AS disputed,
           sum(CASE WHEN source = 'adjusted' THEN amount WHEN target = 'adjusted' THEN -amount END) AS adjusted,
           sum(amount) FILTER (WHERE kind = 'write_off') AS written_off,
           sum(CASE WHEN target IN ('available', 'held') THEN amount ELSE 0 END
               - CASE WHEN source IN ('available', 'held') THEN amount ELSE 0 END) AS kept,
           sum(CASE WHEN source = 'debt' THEN amount WHEN target = 'debt' THEN -amount END) AS owed
    FROM billing_transfer
    WHERE id >= %(first)s AND id < %(end)s AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
    GROUP BY 1
)
SELECT days.day::date, sold, granted, used, refunded, disputed, adjusted, written_off,
       %(outstanding)s + (SELECT coalesce(sum(kept), 0) FROM moved WHERE day IS NULL) + sum(coalesce(kept, 0)) OVER so_far,
       %(debt)s + (SELECT coalesce(sum(owed), 0) FROM moved WHERE day IS NULL) + sum(coalesce(owed, 0)) OVER so_far,
       by_images, otherwise,
       %(liability)s + (SELECT coalesce(sum(unearned), 0) FROM revenue WHERE day IS NULL)
           + sum(coalesce(unearned, 0)) OVER so_far
FROM generate_series(%(since)s::timestamp, %(until)s::timestamp - interval '1 day', interval '1 day') AS days (day)
LEFT JOIN revenue ON revenue.day = days.day
LEFT JOIN moved ON moved.day = days.day
WINDOW so_far AS (ORDER BY days.day)
