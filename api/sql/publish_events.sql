-- Note events of a workspace, and a delivery for each endpoint that is told of them, and for the address that an order
-- brought; returns those endpoints.
-- A workspace without a stream never had an endpoint: nothing is noted. The stream's row is locked until the transaction
-- ends, so numbers grow in the order of the commits: who has read up to one has missed none below it. It is the last lock
-- of its transaction.
WITH stream AS (
    UPDATE api_eventstream SET last = last + cardinality(%(subjects)s::uuid[])
    WHERE workspace_id = %(workspace)s
    RETURNING last - cardinality(%(subjects)s::uuid[]) AS before
), event AS (
    INSERT INTO api_webhookevent (id, workspace_id, sequence, type, is_test, subject, facts, created_at)
    SELECT uuidv7(), %(workspace)s, stream.before + told.place, %(type)s, %(is_test)s, told.subject, %(facts)s::jsonb,
           clock_timestamp()
    FROM stream CROSS JOIN unnest(%(subjects)s::uuid[]) WITH ORDINALITY AS told (subject, place)
    RETURNING id, subject
), told AS (
    SELECT endpoint.id AS endpoint, event.id AS event, '' AS url
    FROM event CROSS JOIN api_webhookendpoint AS endpoint
    WHERE endpoint.workspace_id = %(workspace)s AND endpoint.is_test = %(is_test)s
        AND endpoint.status = 'enabled' AND endpoint.deleted_at IS NULL
        AND CASE WHEN %(endpoint)s::uuid IS NULL THEN endpoint.types && ARRAY['*', %(type)s]::varchar[]
                 ELSE endpoint.id = %(endpoint)s END
    UNION ALL
    SELECT endpoint.id, event.id, brought.url
    FROM event
    JOIN api_orderaddress AS brought ON brought.subject = event.subject AND brought.workspace_id = %(workspace)s
    JOIN api_webhookendpoint AS endpoint ON endpoint.id = brought.endpoint_id
    WHERE endpoint.status = 'enabled' AND endpoint.deleted_at IS NULL
), delivery AS (
    INSERT INTO api_webhookdelivery (
        id, workspace_id, endpoint_id, event_id, url, status, tries, first_try, next_at, ends_at
    )
    SELECT uuidv7(), %(workspace)s, told.endpoint, told.event, told.url, 'pending', 0, 0, clock_timestamp(),
           clock_timestamp() + make_interval(secs => %(seconds)s)
    FROM told
    RETURNING id, endpoint_id
)
SELECT id, endpoint_id FROM delivery
