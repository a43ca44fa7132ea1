-- Stores a delivered image and ends its attempt. The generation is locked first, then the image, as everywhere.
-- `r_won`: the attempt still had the image, and its credits are now to be captured. `r_kept`: the image has this
-- attempt's picture, be it since an earlier call whose answer was lost; otherwise its cost is our loss. Small versions are
-- made later (derive.sql): ahead of time where a person ordered it. The release before brings them, and the ThumbHash.
CREATE OR REPLACE FUNCTION generation_store(
    p_image uuid, p_attempt uuid, p_picture jsonb, p_sha256 bytea, p_thumbhash bytea, p_attempted jsonb,
    OUT r_won boolean, OUT r_kept boolean
) LANGUAGE plpgsql AS $$
DECLARE
    v_generation uuid;
    v_credits integer;
    v_number integer;
BEGIN
    SELECT generation_id INTO v_generation FROM generation_image WHERE id = p_image;
    PERFORM FROM generation_generation WHERE id = v_generation FOR NO KEY UPDATE;
    UPDATE generation_image
    SET status = 'stored', claim = NULL, lease_until = NULL, preview = '', file = p_picture ->> 'file',
        thumbnail = coalesce(p_picture ->> 'thumbnail', ''), medium = coalesce(p_picture ->> 'medium', ''),
        format = p_picture ->> 'format',
        width = (p_picture ->> 'width')::integer, height = (p_picture ->> 'height')::integer,
        size = (p_picture ->> 'size')::integer, seed = (p_picture ->> 'seed')::bigint, sha256 = p_sha256, thumbhash = p_thumbhash,
        finished_at = now()
    WHERE id = p_image AND claim = p_attempt AND status = 'running'
    RETURNING credits INTO v_credits;
    r_won := FOUND;
    IF r_won THEN
        r_kept := true;
        UPDATE generation_generation SET charged = charged + v_credits WHERE id = v_generation AND v_credits > 0;
        INSERT INTO generation_derivation (image_id, workspace_id)
        SELECT p_image, workspace_id FROM generation_generation
        WHERE id = v_generation AND token_id IS NULL AND source NOT IN ('api', 'openai') AND NOT p_picture ? 'thumbnail'
        ON CONFLICT DO NOTHING;
    ELSE
        SELECT file = p_picture ->> 'file' INTO r_kept FROM generation_image WHERE id = p_image;
    END IF;
    UPDATE generation_attempt
    SET outcome = 'succeeded', error = '', http_status = (p_attempted ->> 'http_status')::smallint,
        upstream_request = p_attempted ->> 'upstream_request', usage = p_attempted -> 'usage',
        cost = (p_attempted ->> 'cost')::bigint, is_loss = NOT r_kept, is_open = false, ended_at = now()
    WHERE id = p_attempt
    RETURNING number INTO v_number;
    IF v_number > 1 OR NOT r_won THEN
        PERFORM generation_cost_once(p_image);
    END IF;
END $$;

-- A request that was handed from attempt to attempt is paid once: the last of them that had it bears its cost.
CREATE OR REPLACE FUNCTION generation_cost_once(p_image uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE generation_attempt AS earlier SET cost = 0, is_loss = false
    WHERE image_id = p_image AND upstream_request <> '' AND (cost > 0 OR is_loss) AND EXISTS (
        SELECT FROM generation_attempt AS later
        WHERE later.image_id = p_image AND later.provider_id = earlier.provider_id
            AND later.upstream_request = earlier.upstream_request AND later.number > earlier.number
    )
$$;
