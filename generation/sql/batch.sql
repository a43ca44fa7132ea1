-- Orders of a batch, many at a time.

-- Writes generations with their images and gives jobs to those that may run now. The caller has held the credits of
-- all of them in the same transaction, before. Nothing is announced: who watches a batch counts its rows. Returns
-- how many images there are.
CREATE OR REPLACE FUNCTION generation_submit_batch(
    p_workspace uuid, p_generations jsonb, p_images jsonb
) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO generation_generation
    SELECT row.* FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS row;
    UPDATE generation_batchrow AS one SET generation_id = made.id
    FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS made
    WHERE one.id = made.batch_row_id;
    INSERT INTO generation_image
    SELECT row.* FROM jsonb_populate_recordset(NULL::generation_image, p_images) AS row;
    PERFORM generation_dispatch(p_workspace);
    RETURN jsonb_array_length(p_images);
END $$;

-- One verb at a time works on a batch. Taken first; ending its images takes the other locks afterwards.
CREATE OR REPLACE FUNCTION generation_batch_lock(p_batch uuid) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(7103, hashtext(p_batch::text))
$$;

-- Takes what has no place in flight yet out of the line, or puts it back. Returns how many images.
CREATE OR REPLACE FUNCTION generation_batch_turn(p_batch uuid, p_turn smallint) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_changed integer;
BEGIN
    UPDATE generation_image SET turn = p_turn
    WHERE id IN (
        SELECT image.id FROM generation_generation AS generation
        JOIN generation_image AS image ON image.generation_id = generation.id
        WHERE generation.batch_id = p_batch AND generation.status IN ('queued', 'running')
            AND image.status = 'waiting' AND image.dispatched_at IS NULL
        ORDER BY image.id
        FOR NO KEY UPDATE OF image
    );
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    RETURN v_changed;
END $$;

-- Ends every image of a batch that is not with the provider yet and gives its credits back, in one release for each
-- hold. What is under way is delivered and charged. Returns how many images were stopped.
CREATE OR REPLACE FUNCTION generation_batch_cancel(p_batch uuid, p_reason text) RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_stopped uuid[];
    v_ended uuid[];
    v_hold record;
BEGIN
    PERFORM FROM generation_generation WHERE batch_id = p_batch AND status IN ('queued', 'running')
    ORDER BY id FOR NO KEY UPDATE;
    UPDATE generation_generation SET cancel_requested_at = now()
    WHERE batch_id = p_batch AND status IN ('queued', 'running') AND cancel_requested_at IS NULL;

    -- Found first and then written, here and below: in one statement, a planner that takes the tables for empty goes
    -- through all images anew for each of them.
    SELECT coalesce(array_agg(id), '{}') INTO v_stopped FROM (
        SELECT image.id FROM generation_generation AS generation
        JOIN generation_image AS image ON image.generation_id = generation.id
        WHERE generation.batch_id = p_batch AND generation.status IN ('queued', 'running') AND image.status = 'waiting'
        ORDER BY image.id
        FOR NO KEY UPDATE OF image
    ) AS waiting;
    UPDATE generation_image SET status = 'failed', reason = 'canceled', claim = NULL, lease_until = NULL,
        parked_at = NULL, finished_at = now()
    WHERE id = ANY (v_stopped);

    FOR v_hold IN
        SELECT generation.paid_from AS reference, sum(image.credits) AS credits, count(*) AS images,
               min(image.id::text) AS first
        FROM generation_image AS image JOIN generation_generation AS generation ON generation.id = image.generation_id
        WHERE image.id = ANY (v_stopped) GROUP BY generation.paid_from HAVING sum(image.credits) > 0
        ORDER BY generation.paid_from
    LOOP
        IF (SELECT r_outcome FROM ledger_release(
                v_hold.reference, v_hold.credits, 'release:stopped:' || v_hold.first, v_hold.reference,
                p_reason || ', ' || v_hold.images || CASE v_hold.images WHEN 1 THEN ' image' ELSE ' images' END
            )) <> 'done' THEN
            RAISE EXCEPTION 'The hold % has not got the % credits of its images.', v_hold.reference, v_hold.credits;
        END IF;
    END LOOP;

    WITH counted AS MATERIALIZED (
        SELECT generation.id, count(*) AS images,
               count(*) FILTER (WHERE image.status IN ('waiting', 'running')) AS unsettled,
               count(*) FILTER (WHERE image.status = 'stored') AS stored,
               count(*) FILTER (WHERE image.reason = 'canceled') AS canceled
        FROM generation_generation AS generation JOIN generation_image AS image ON image.generation_id = generation.id
        WHERE generation.batch_id = p_batch AND generation.status IN ('queued', 'running')
        GROUP BY generation.id
    ), ended AS (
        UPDATE generation_generation AS generation SET finished_at = now(), status = CASE
            WHEN counted.stored > 0 THEN 'partial' WHEN counted.canceled = counted.images THEN 'canceled' ELSE 'failed'
        END
        FROM counted WHERE generation.id = counted.id AND counted.unsettled = 0
        RETURNING generation.id
    )
    SELECT coalesce(array_agg(id ORDER BY id), '{}') INTO v_ended FROM ended;
    RETURN v_ended;
END $$;

-- What the check of a draft's rows has found.
CREATE OR REPLACE FUNCTION generation_batch_checked(p_rows jsonb) RETURNS void LANGUAGE sql AS $$
    UPDATE generation_batchrow AS one
    SET count = checked.count, credits = checked.credits, quality = checked.quality, error = checked.error,
        param = checked.param, nearest = checked.nearest
    FROM jsonb_to_recordset(p_rows) AS checked (
        id uuid, count integer, credits integer, quality text, error text, param text, nearest text
    )
    WHERE one.id = checked.id
$$;
