-- By day (UTC) of the order and by model, images that have ended, those of test worlds left out: delivered, failed (withheld
-- and canceled ones don't count), and how many took how long from order to stored: by powers of 1.05 seconds. Parameters: first and end, the smallest ids
-- of two days. Columns: generation/models/daily_sums.py.

SELECT day, model_id, coalesce(sum(number) FILTER (WHERE status = 'stored'), 0)::integer,
       coalesce(sum(number) FILTER (WHERE status = 'failed'), 0)::integer,
       coalesce(jsonb_object_agg(power, number) FILTER (WHERE power IS NOT NULL), '{}')::text
FROM (
    SELECT (uuid_extract_timestamp(image.id) AT TIME ZONE 'UTC')::date AS day, generation.model_id, image.status,
           CASE WHEN image.status = 'stored' THEN floor(
               ln(greatest(0.01, extract(epoch FROM image.finished_at - image.created_at)::float8)) / ln(1.05::float8)
           )::integer END AS power,
           count(*) AS number
    FROM generation_image AS image JOIN generation_generation AS generation ON generation.id = image.generation_id
    WHERE image.id >= %(first)s AND image.id < %(end)s
        AND image.workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
        AND (image.status = 'stored' OR (image.status = 'failed' AND image.reason <> 'canceled'
                                         AND image.reason NOT LIKE 'moderation%%'))
    GROUP BY 1, 2, 3, 4
) AS ended
GROUP BY 1, 2
