-- What delivered images earned, by day (UTC) and model, since `listed`; `earned` is billing's earned.sql, which stands before
-- this. A capture about no image that we know has no model, so that the sum over models is always the books' revenue by
-- images.

SELECT (uuid_extract_timestamp(earned.id) AT TIME ZONE 'UTC')::date AS day, coalesce(generation.model_id, '') AS model,
       count(*) AS images, sum(earned.earned) AS revenue
FROM earned
LEFT JOIN generation_image AS image
    ON image.id = CASE WHEN earned.reference ~ '^image:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                       THEN substr(earned.reference, 7)::uuid END
LEFT JOIN generation_generation AS generation ON generation.id = image.generation_id
WHERE earned.kind = 'capture' AND earned.id >= %(listed)s
GROUP BY 1, 2
