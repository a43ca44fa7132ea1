-- Counts one request of a subject (a token, or a member's browser) and says how many it has made in its minute.
-- One statement, so that the limit is exact at any concurrency: the row's lock orders the requests.
-- A minute begins with the first request after the last one ended. The tier's limit is read along, to save a round trip
-- on each request. A count need not outlive a power cut: where it is a transaction of its own, its commit does not wait
-- for the disk.
INSERT INTO api_rate AS rate (subject, started_at, used)
VALUES (%(subject)s, clock_timestamp(), 1)
ON CONFLICT (subject) DO UPDATE SET
    used = CASE WHEN rate.started_at <= clock_timestamp() - interval '1 minute' THEN 1 ELSE rate.used + 1 END,
    started_at = CASE WHEN rate.started_at <= clock_timestamp() - interval '1 minute'
                      THEN clock_timestamp() ELSE rate.started_at END
RETURNING
    used,
    ceil(extract(epoch FROM started_at + interval '1 minute' - clock_timestamp()))::int AS seconds_left,
    coalesce((SELECT requests_per_minute FROM billing_tier(%(workspace)s)), 60) AS allowed,
    CASE WHEN %(alone)s THEN set_config('synchronous_commit', 'off', true) END
