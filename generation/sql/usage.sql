-- What a workspace used from one moment to another: one row for each day (UTC), person, token, model and source.
-- The ledger alone says how much and when: captures are what was charged, releases about an image are images that did
-- not come. Ids of transfers are UUIDv7, so the range is one of the statement's index, and the day is the id's.
WITH moved AS (
    SELECT (uuid_extract_timestamp(t.id) AT TIME ZONE 'UTC')::date AS day, t.actor_id, t.token_id, t.kind, t.amount,
           CASE WHEN left(t.reference, 6) = 'image:' AND pg_input_is_valid(substr(t.reference, 7), 'uuid')
                THEN substr(t.reference, 7)::uuid END AS image_id
    FROM billing_transfer AS t
    WHERE t.workspace_id = %(workspace)s AND t.id >= %(since)s AND t.id < %(until)s
        AND (t.kind = 'capture' OR (t.kind = 'release' AND t.reference LIKE 'image:%%'))
), summed AS (
    SELECT m.day, m.actor_id, m.token_id, g.model_id, coalesce(g.source, '') AS source,
           count(*) FILTER (WHERE m.kind = 'capture') AS images,
           count(*) FILTER (WHERE m.kind = 'release') AS missing,
           coalesce(sum(m.amount) FILTER (WHERE m.kind = 'capture'), 0)::bigint AS credits
    FROM moved AS m
    LEFT JOIN generation_image AS i ON i.id = m.image_id AND i.workspace_id = %(workspace)s
    LEFT JOIN generation_generation AS g ON g.id = i.generation_id
    GROUP BY 1, 2, 3, 4, 5
)
SELECT s.day, s.actor_id, coalesce(u.name, ''), coalesce(u.email, ''), s.token_id, coalesce(k.name, ''),
       coalesce(s.model_id, ''), coalesce(m.label, ''), s.source, s.images, s.missing, s.credits
FROM summed AS s
LEFT JOIN accounts_user AS u ON u.id = s.actor_id
LEFT JOIN accounts_apitoken AS k ON k.id = s.token_id
LEFT JOIN generation_imagemodel AS m ON m.slug = s.model_id
ORDER BY s.day, s.credits DESC
