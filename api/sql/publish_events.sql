-- Note events of a workspace, and a delivery for each endpoint that is told of them; returns those endpoints.
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
    RETURNING id
), delivery AS (
    INSERT INTO api_webhookdelivery (id, workspace_id, endpoint_id, event_id, status, tries, first_try, next_at)
    SELECT uuidv7(), %(workspace)s, endpoint.id, event.id, 'pending', 0, 0, clock_timestamp()
    FROM event CROSS JOIN api_webhookendpoint AS endpoint
    WHERE endpoint.workspace_id = %(workspace)s AND endpoint.is_test = %(is_test)s
        AND endpoint.status = 'enabled' AND endpoint.deleted_at IS NULL
        AND CASE WHEN %(endpoint)s::uuid IS NULL THEN endpoint.types && ARRAY['*', %(type)s]::varchar[]
                 ELSE endpoint.id = %(endpoint)s END
    RETURNING id, endpoint_id
)
SELECT id, endpoint_id FROM delivery
