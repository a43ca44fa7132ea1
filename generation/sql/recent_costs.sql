-- What the last delivered images of each model cost us, as booked, with what they were: at most %(images)s each, from the last
-- 30 days, and none that was booked before a provider's price of the model was changed. Of a provider that counts tokens, only
-- images whose tokens it has reported: the others were booked at what is expected. Columns: generation/reporting/cost_drift.py.
SELECT model.slug, recent.cost, recent.width, recent.height, recent.quality, recent.inputs, recent.partials
FROM generation_imagemodel AS model
LEFT JOIN LATERAL (
    SELECT max(changed_at) AS changed_at, bool_or(unit = 'image_output') AS by_tokens
    FROM generation_unitcost WHERE model_id = model.slug
) AS prices ON true
CROSS JOIN LATERAL (
    SELECT attempt.cost, image.width, image.height, generation.quality, cardinality(generation.references) AS inputs,
           generation.partials
    FROM generation_attempt AS attempt
    JOIN generation_image AS image ON image.id = attempt.image_id
    JOIN generation_generation AS generation ON generation.id = image.generation_id
    WHERE attempt.provider_id = model.provider_id AND attempt.model_id = model.slug AND attempt.outcome = 'succeeded'
        AND NOT attempt.is_loss AND image.width > 0 AND image.height > 0
        AND attempt.started_at > greatest(now() - interval '30 days', prices.changed_at)
        AND (prices.by_tokens IS NOT TRUE OR attempt.usage ? 'output_tokens')
    ORDER BY attempt.started_at DESC LIMIT %(images)s
) AS recent
WHERE model.provider_id <> 'test'
