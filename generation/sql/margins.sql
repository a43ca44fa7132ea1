-- Revenue, provider's cost and cost without delivery by day (UTC) and model; `earned` is billing's earned.sql, which
-- stands before this. Revenue is what captures earned that were about an image of the model, on the day of the capture;
-- cost is what its attempts cost, on the day of the attempt. A capture about no image that we know has no model, so
-- that the sum over models is always the books' revenue by images. Columns: generation/reporting/costs.py.

WITH delivered AS (
    SELECT (uuid_extract_timestamp(earned.id) AT TIME ZONE 'UTC')::date AS day, generation.model_id,
           count(*) AS images, sum(earned.earned) AS revenue
    FROM earned
    LEFT JOIN generation_image AS image
        ON image.id = CASE WHEN earned.reference ~ '^image:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                           THEN substr(earned.reference, 7)::uuid END
    LEFT JOIN generation_generation AS generation ON generation.id = image.generation_id
    WHERE earned.kind = 'capture'
    GROUP BY 1, 2
),
spent AS (
    SELECT (uuid_extract_timestamp(attempt.id) AT TIME ZONE 'UTC')::date AS day, generation.model_id,
           sum(attempt.cost) FILTER (WHERE NOT attempt.is_loss) AS cost,
           sum(attempt.cost) FILTER (WHERE attempt.is_loss) AS lost
    FROM generation_attempt AS attempt
    JOIN generation_image AS image ON image.id = attempt.image_id
    JOIN generation_generation AS generation ON generation.id = image.generation_id
    WHERE attempt.id >= %(first)s AND attempt.id < %(end)s
    GROUP BY 1, 2 HAVING sum(attempt.cost) > 0
)
SELECT coalesce(delivered.day, spent.day), coalesce(model.slug, ''), coalesce(model.label, 'No model'),
       coalesce(images, 0), coalesce(revenue, 0), coalesce(cost, 0), coalesce(lost, 0)
FROM delivered
FULL JOIN spent ON spent.day = delivered.day AND spent.model_id = delivered.model_id
LEFT JOIN generation_imagemodel AS model ON model.slug = coalesce(delivered.model_id, spent.model_id)
