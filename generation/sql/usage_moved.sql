-- What was used from one moment to another: a row for each workspace, day (UTC), person, token, model and source.
-- The ledger alone says how much and when: captures are what was charged, releases about an image are images that did
-- not come. Ids of transfers are UUIDv7, so the range is one of an index, and the day is the id's.
-- Parameters: workspace (null: all), first and end, the smallest ids of two days.

moved AS (
    SELECT (uuid_extract_timestamp(t.id) AT TIME ZONE 'UTC')::date AS day, t.workspace_id, t.actor_id, t.token_id, t.kind,
           t.amount,
           CASE WHEN left(t.reference, 6) = 'image:' AND pg_input_is_valid(substr(t.reference, 7), 'uuid')
                THEN substr(t.reference, 7)::uuid END AS image_id
    FROM billing_transfer AS t
    WHERE t.id >= %(first)s AND t.id < %(end)s AND (%(workspace)s::uuid IS NULL OR t.workspace_id = %(workspace)s)
        AND (t.kind = 'capture' OR (t.kind = 'release' AND t.reference LIKE 'image:%%'))
),
summed AS (
    SELECT m.workspace_id, m.day, m.actor_id, m.token_id, coalesce(g.model_id, '') AS model_slug,
           coalesce(g.source, '') AS source,
           count(*) FILTER (WHERE m.kind = 'capture') AS images,
           count(*) FILTER (WHERE m.kind = 'release') AS missing,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'capture'), 0)::bigint AS credits
    FROM moved AS m
    LEFT JOIN generation_image AS i ON i.id = m.image_id AND i.workspace_id = m.workspace_id
    LEFT JOIN generation_generation AS g ON g.id = i.generation_id
    GROUP BY 1, 2, 3, 4, 5, 6
)
