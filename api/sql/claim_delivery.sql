-- Lease the delivery of an endpoint that has been due longest, unless as many as may be are under way to it. Its row in
-- api_webhookendpoint is locked, so the count is exact. `tries` is the fence: who was slower than the lease notes nothing.
UPDATE api_webhookdelivery
SET tries = tries + 1, leased_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = (
    SELECT id FROM api_webhookdelivery
    WHERE endpoint_id = %(endpoint)s AND next_at <= clock_timestamp()
        AND (leased_until IS NULL OR leased_until <= clock_timestamp())
    ORDER BY next_at LIMIT 1
) AND (
    SELECT count(*) FROM api_webhookdelivery
    WHERE endpoint_id = %(endpoint)s AND leased_until > clock_timestamp()
) < %(at_once)s
RETURNING id, event_id, tries
