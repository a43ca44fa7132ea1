-- What providers charge for attempts, by day (UTC) and model: with a delivered image, and without.
-- Parameters: first and end, the smallest ids of two days.

SELECT (uuid_extract_timestamp(attempt.id) AT TIME ZONE 'UTC')::date, generation.model_id,
       coalesce(sum(attempt.cost) FILTER (WHERE NOT attempt.is_loss), 0),
       coalesce(sum(attempt.cost) FILTER (WHERE attempt.is_loss), 0)
FROM generation_attempt AS attempt
JOIN generation_image AS image ON image.id = attempt.image_id
JOIN generation_generation AS generation ON generation.id = image.generation_id
WHERE attempt.id >= %(first)s AND attempt.id < %(end)s
GROUP BY 1, 2 HAVING sum(attempt.cost) > 0
