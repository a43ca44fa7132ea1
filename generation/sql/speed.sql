-- By model, images ordered since an id that have ended: delivered, failed (withheld and canceled ones don't count), and the
-- seconds from order to stored that 95 of 100 took at most.
SELECT generation.model_id, count(*) FILTER (WHERE image.status = 'stored'), count(*) FILTER (WHERE image.status = 'failed'),
       percentile_cont(0.95) WITHIN GROUP (
           ORDER BY CASE WHEN image.status = 'stored' THEN extract(epoch FROM image.finished_at - image.created_at)::float8 END
       )
FROM generation_image AS image JOIN generation_generation AS generation ON generation.id = image.generation_id
WHERE image.id >= %(since)s AND (image.status = 'stored' OR (image.status = 'failed' AND image.reason <> 'canceled'
                                                             AND image.reason NOT LIKE 'moderation%%'))
GROUP BY generation.model_id
