-- Lease deliveries of an endpoint that have been due longest, unless as many requests as may be are under way to it. Its row
-- in api_webhookendpoint is locked, so the counts are exact. What one worker takes it sends one after the other, all of it
-- leased until the same moment: so many moments, so many requests under way. Its part is such that what is due is spread
-- over as many as may be under way. `tries` is the fence: who was slower than the lease notes nothing.
WITH due AS MATERIALIZED (
    SELECT id FROM api_webhookdelivery
    WHERE endpoint_id = %(endpoint)s AND next_at <= clock_timestamp()
        AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    ORDER BY next_at LIMIT %(at_once)s * %(together)s
), lease AS MATERIALIZED (
    SELECT clock_timestamp() + make_interval(secs => %(lease)s) AS until,
        (
            SELECT count(DISTINCT leased_until) FROM api_webhookdelivery
            WHERE endpoint_id = %(endpoint)s AND leased_until > clock_timestamp()
        ) AS under_way
)
UPDATE api_webhookdelivery
SET tries = tries + 1, leased_until = (SELECT until FROM lease)
WHERE id = ANY (ARRAY(
    SELECT id FROM due LIMIT (
        SELECT CASE WHEN under_way < %(at_once)s THEN ceil((SELECT count(*) FROM due) / %(at_once)s::numeric) ELSE 0 END
        FROM lease
    )
))
RETURNING id, event_id, tries, url, clock_timestamp()
