-- Gives a job to as many of a workspace's waiting images as its tier lets run at once: those that a person waits for
-- before those of a batch, the oldest first, none that are paused. A batch leaves one place free, so that a single
-- image starts at once beside it. Exact over any number of workers: it counts under the workspace's lock. An image's
-- lane is the number of the workspace's images that were in flight before it; the further out, the lower the
-- priority, so that nobody's thousand images stand before somebody else's first. Whoever has an image locked is about
-- to end it or to pause it, and dispatches afterwards; waiting for him could be for ever, since he waits for the
-- workspace's lock. Returns how many were given a job.
CREATE OR REPLACE FUNCTION generation_dispatch(p_workspace uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_cap integer;
    v_busy integer;
    v_jobs procrastinate_job_to_defer_v1[];
BEGIN
    PERFORM generation_lock(p_workspace);
    SELECT images_in_flight INTO v_cap FROM billing_pricingtier WHERE slug = billing_tier_slug(p_workspace);
    SELECT count(*) INTO v_busy FROM generation_image
    WHERE workspace_id = p_workspace AND dispatched_at IS NOT NULL AND status IN ('waiting', 'running');
    IF v_busy >= v_cap THEN
        RETURN 0;
    END IF;
    WITH next AS (
        SELECT id, turn FROM generation_image
        WHERE workspace_id = p_workspace AND dispatched_at IS NULL AND status = 'waiting' AND turn IS NOT NULL
        ORDER BY turn, id LIMIT v_cap - v_busy
        FOR NO KEY UPDATE SKIP LOCKED
    ), placed AS (
        SELECT id, turn, v_busy + row_number() OVER (ORDER BY turn, id) AS place FROM next
    ), marked AS (
        UPDATE generation_image AS image SET dispatched_at = now(), lane = least(placed.place - 1, 32767)
        FROM placed WHERE image.id = placed.id AND (placed.turn = 0 OR placed.place <= greatest(v_cap - 1, 1))
        RETURNING image.id, image.lane
    )
    SELECT array_agg(generation_job(id, lane) ORDER BY lane) INTO v_jobs FROM marked;
    IF v_jobs IS NULL THEN
        RETURN 0;
    END IF;
    RETURN cardinality(procrastinate_defer_jobs_v1(v_jobs));
END $$;
