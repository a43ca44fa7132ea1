-- What is waiting and what is under way: (waiting, running, since when the oldest waits). Both parts are found by index;
-- images of paused batches wait for a person and are not counted.
SELECT count(*) FILTER (WHERE status = 'waiting'), count(*) FILTER (WHERE status = 'running'),
       min(created_at) FILTER (WHERE status = 'waiting')
FROM (
    SELECT status, created_at FROM generation_image WHERE status IN ('waiting', 'running') AND dispatched_at IS NOT NULL
    UNION ALL
    SELECT status, created_at FROM generation_image WHERE status = 'waiting' AND dispatched_at IS NULL AND turn IS NOT NULL
) AS unsettled
