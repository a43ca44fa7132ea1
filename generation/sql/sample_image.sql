-- Stored images at random points of the index of hashes: the next one behind each point, or the first of all.
SELECT DISTINCT coalesce(
    (SELECT id FROM generation_image WHERE status = 'stored' AND deleted_at IS NULL AND sha256 >= point
     ORDER BY sha256 LIMIT 1),
    (SELECT id FROM generation_image WHERE status = 'stored' AND deleted_at IS NULL ORDER BY sha256 LIMIT 1)
) FROM unnest(%s::bytea[]) AS points (point)
