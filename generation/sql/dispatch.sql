-- Gives a job to as many of a workspace's waiting images as its tier lets run at once, oldest first. Exact over any
-- number of workers: it counts under the workspace's lock. An image's lane is the number of the workspace's images
-- that were in flight before it; the further out, the lower the priority, so that nobody's thousand images stand
-- before somebody else's first. Returns how many were given a job.
CREATE OR REPLACE FUNCTION generation_dispatch(p_workspace uuid) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_cap integer;
    v_busy integer;
    v_jobs procrastinate_job_to_defer_v1[];
BEGIN
    PERFORM generation_lock(p_workspace);
    SELECT images_in_flight INTO v_cap FROM billing_pricingtier
    WHERE slug = (
        SELECT tier_id FROM billing_tierassignment
        WHERE workspace_id = p_workspace AND effective_at <= now()
        ORDER BY effective_at DESC, id DESC LIMIT 1
    );
    IF v_cap IS NULL THEN
        SELECT images_in_flight INTO v_cap FROM billing_pricingtier WHERE is_default;
    END IF;
    SELECT count(*) INTO v_busy FROM generation_image
    WHERE workspace_id = p_workspace AND dispatched_at IS NOT NULL AND status IN ('waiting', 'running');
    IF v_busy >= v_cap THEN
        RETURN 0;
    END IF;
    WITH picked AS (
        SELECT id, v_busy + row_number() OVER (ORDER BY id) - 1 AS lane FROM generation_image
        WHERE workspace_id = p_workspace AND dispatched_at IS NULL AND status = 'waiting'
        ORDER BY id LIMIT v_cap - v_busy
    ), marked AS (
        UPDATE generation_image AS image SET dispatched_at = now(), lane = picked.lane
        FROM picked WHERE image.id = picked.id
        RETURNING image.id, image.lane
    )
    SELECT array_agg(generation_job(id, lane) ORDER BY lane) INTO v_jobs FROM marked;
    IF v_jobs IS NULL THEN
        RETURN 0;
    END IF;
    RETURN cardinality(procrastinate_defer_jobs_v1(v_jobs));
END $$;
