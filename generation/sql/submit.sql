-- Writes a generation with its images, gives jobs to those that may run now, and announces it. `p_image` is the
-- row of one image; `p_images` are their ids in order. False, and nothing written, where the workspace's request key
-- is taken. The caller has held the credits in the same transaction, before: the wallet is the hot row.
CREATE OR REPLACE FUNCTION generation_submit(
    p_generation jsonb, p_image jsonb, p_images uuid[], p_event jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_workspace uuid := p_generation ->> 'workspace_id';
    v_id uuid := p_generation ->> 'id';
BEGIN
    INSERT INTO generation_generation
    SELECT row.* FROM jsonb_populate_record(NULL::generation_generation, p_generation) AS row
    ON CONFLICT (workspace_id, request_key) WHERE request_key IS NOT NULL DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO generation_image
    SELECT row.* FROM unnest(p_images) WITH ORDINALITY AS made (id, number),
        jsonb_populate_record(
            NULL::generation_image, p_image || jsonb_build_object('id', made.id, 'index', made.number - 1)
        ) AS row;
    PERFORM generation_dispatch(v_workspace);
    PERFORM generation_publish(v_workspace, v_id, NULL, 'generation.queued', p_event);
    RETURN true;
END $$;
