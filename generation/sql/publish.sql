-- One lock per workspace for the order of its events and the count of its images in flight. It is taken last in a
-- transaction, after rows of generation, image and wallet in this order, and ends with the transaction.
CREATE OR REPLACE FUNCTION generation_lock(p_workspace uuid) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(7101, hashtext(p_workspace::text))
$$;

-- Writes an event and has it announced (`core.database.announcements`). Under the lock, so that within a workspace ids
-- grow in the order of the commits: who has read up to an id has missed none below it. The announcement carries ids only.
CREATE OR REPLACE FUNCTION generation_publish(
    p_workspace uuid, p_generation uuid, p_image uuid, p_kind text, p_data jsonb
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    PERFORM generation_lock(p_workspace);
    INSERT INTO generation_event (workspace_id, generation_id, image_id, kind, data, created_at)
    VALUES (p_workspace, p_generation, p_image, p_kind, p_data, now())
    RETURNING id INTO v_id;
    RAISE INFO USING
        ERRCODE = 'CI001', MESSAGE = 'generation_events', DETAIL = p_workspace || ' ' || v_id, HINT = 'watched';
    RETURN v_id;
END $$;
