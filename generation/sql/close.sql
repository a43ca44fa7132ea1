-- Ends a generation of which no image is under way any more, and says so. Called in a transaction that has locked the
-- generation and ended an image; the caller lets the workspace's next images run afterwards. `r_status` is what the
-- generation has come to by this call, or NULL; `r_batch` is its batch, and `r_unused` says that not all that was held was
-- charged.
CREATE OR REPLACE FUNCTION generation_close(
    p_generation uuid, p_public text, OUT r_status text, OUT r_batch uuid, OUT r_unused boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_workspace uuid;
    v_charged integer;
    v_all integer;
    v_open integer;
    v_stored integer;
    v_canceled integer;
BEGIN
    SELECT workspace_id INTO v_workspace FROM generation_generation WHERE id = p_generation;
    SELECT count(*), count(*) FILTER (WHERE status IN ('waiting', 'running')),
           count(*) FILTER (WHERE status = 'stored'), count(*) FILTER (WHERE reason = 'canceled')
    INTO v_all, v_open, v_stored, v_canceled
    FROM generation_image WHERE generation_id = p_generation;
    IF v_open = 0 THEN
        UPDATE generation_generation
        SET finished_at = now(), status = CASE
            WHEN v_stored = v_all THEN 'succeeded'
            WHEN v_stored > 0 THEN 'partial'
            WHEN v_canceled = v_all THEN 'canceled'
            ELSE 'failed'
        END
        WHERE id = p_generation AND status IN ('queued', 'running')
        RETURNING status, batch_id, charged, charged < credits INTO r_status, r_batch, v_charged, r_unused;
        IF FOUND THEN
            IF r_unused AND r_batch IS NULL THEN -- the caller gives the rest back, and a wallet is locked before a workspace
                PERFORM FROM billing_wallet WHERE workspace_id = v_workspace FOR NO KEY UPDATE;
            END IF;
            PERFORM generation_publish(
                v_workspace, p_generation, NULL, 'generation.' || r_status,
                jsonb_build_object('id', p_public, 'status', r_status, 'charged', v_charged)
            );
        END IF;
    END IF;
END $$;

-- What follows when an image was stored and charged: that is said, its generation ends where it was the last one, and the
-- workspace's next images run.
CREATE OR REPLACE FUNCTION generation_stored(
    p_image uuid, p_said jsonb, p_public text, OUT r_status text, OUT r_batch uuid, OUT r_unused boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_workspace uuid;
    v_generation uuid;
BEGIN
    SELECT workspace_id, generation_id INTO v_workspace, v_generation FROM generation_image WHERE id = p_image;
    PERFORM generation_publish(v_workspace, v_generation, p_image, 'image.stored', p_said);
    SELECT * INTO r_status, r_batch, r_unused FROM generation_close(v_generation, p_public);
    PERFORM generation_dispatch(v_workspace);
END $$;
