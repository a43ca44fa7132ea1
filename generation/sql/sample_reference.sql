-- References at random points of their hashes; there are few of them, so no index is kept for this.
SELECT id FROM (
    SELECT id, sha256, lag(sha256) OVER (ORDER BY sha256) AS before FROM generation_reference WHERE deleted_at IS NULL
) AS ordered
WHERE EXISTS (
    SELECT FROM unnest(%s::bytea[]) AS points (point)
    WHERE point <= sha256 AND (before IS NULL OR point > before)
)
