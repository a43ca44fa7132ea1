-- Counts one request of a subject (a token, or a member's browser) and of its workspace, and says how many of its kind,
-- read or write, each has made in its minute.
-- One statement, so that the limits are exact at any concurrency: the rows' locks order the requests. The subject's row
-- always comes first, so that nobody waits in a circle. A request beyond its subject's limit isn't counted for the
-- workspace: one program that runs wild takes nothing from the others.
-- A minute begins with the first request after the last one ended. The tier's limits are read along, to save a round
-- trip on each request. A count need not outlive a power cut: where it is a transaction of its own, its commit does not
-- wait for the disk.
WITH tier AS MATERIALIZED (
    SELECT
        coalesce(max(CASE WHEN %(is_read)s THEN reads_per_minute ELSE writes_per_minute END), 120) AS most,
        coalesce(
            max(CASE WHEN %(is_read)s THEN workspace_reads_per_minute ELSE workspace_writes_per_minute END), 1200
        ) AS most_together
    FROM billing_pricingtier WHERE slug = billing_tier_slug(%(workspace)s)
), own AS (
    INSERT INTO api_rate AS rate (subject, started_at, reads, used)
    VALUES (%(subject)s, clock_timestamp(), %(is_read)s::int, 1 - %(is_read)s::int)
    ON CONFLICT (subject) DO UPDATE SET
        reads = excluded.reads + CASE WHEN rate.started_at > excluded.started_at - interval '1 minute' THEN rate.reads ELSE 0 END,
        used = excluded.used + CASE WHEN rate.started_at > excluded.started_at - interval '1 minute' THEN rate.used ELSE 0 END,
        started_at = CASE WHEN rate.started_at > excluded.started_at - interval '1 minute'
                          THEN rate.started_at ELSE excluded.started_at END
    RETURNING started_at, CASE WHEN %(is_read)s THEN reads ELSE used END AS made
), shared AS (
    INSERT INTO api_rate AS rate (subject, started_at, reads, used)
    SELECT %(workspace)s, clock_timestamp(), %(is_read)s::int, 1 - %(is_read)s::int
    FROM own CROSS JOIN tier WHERE own.made <= tier.most
    ON CONFLICT (subject) DO UPDATE SET
        reads = excluded.reads + CASE WHEN rate.started_at > excluded.started_at - interval '1 minute' THEN rate.reads ELSE 0 END,
        used = excluded.used + CASE WHEN rate.started_at > excluded.started_at - interval '1 minute' THEN rate.used ELSE 0 END,
        started_at = CASE WHEN rate.started_at > excluded.started_at - interval '1 minute'
                          THEN rate.started_at ELSE excluded.started_at END
    RETURNING started_at, CASE WHEN %(is_read)s THEN reads ELSE used END AS made
)
SELECT
    own.made,
    tier.most,
    ceil(extract(epoch FROM own.started_at + interval '1 minute' - clock_timestamp()))::int AS seconds_left,
    shared.made AS made_together,
    tier.most_together,
    ceil(extract(epoch FROM shared.started_at + interval '1 minute' - clock_timestamp()))::int AS seconds_left_together,
    CASE WHEN %(alone)s THEN set_config('synchronous_commit', 'off', true) END
FROM own CROSS JOIN tier LEFT JOIN shared ON true
