-- Takes a waiting image for an attempt, before its paid call. Answers
--   claimed  the attempt is written and may call; the image carries its id as fencing token
--   parked   the provider has as many calls under way as it may; the image waits without a job
--   gone     nothing to do: another attempt has it, or it has ended
-- A request that the provider still keeps for an earlier attempt goes over to this one, and with it the id.
-- Exact over any number of workers: calls under way are counted under the provider's lock.
CREATE OR REPLACE FUNCTION generation_claim(
    p_image uuid, p_attempt uuid, p_provider text, p_lease double precision, p_running jsonb, p_started jsonb
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_image generation_image%ROWTYPE;
    v_generation uuid;
    v_request text;
BEGIN
    SELECT generation_id INTO v_generation FROM generation_image WHERE id = p_image;
    PERFORM FROM generation_generation WHERE id = v_generation FOR NO KEY UPDATE;
    UPDATE generation_image
    SET status = 'running', claim = p_attempt, lease_until = now() + make_interval(secs => p_lease), parked_at = NULL,
        started_at = coalesce(started_at, now()), tries = tries + 1
    WHERE id = p_image AND status = 'waiting'
    RETURNING * INTO v_image;
    IF NOT FOUND THEN
        RETURN 'gone';
    END IF;
    PERFORM pg_advisory_xact_lock(7102, hashtext(p_provider));
    IF (SELECT count(*) FROM generation_attempt WHERE provider_id = p_provider AND outcome = 'sent')
        >= (SELECT max_in_flight FROM generation_provider WHERE slug = p_provider) THEN
        UPDATE generation_image
        SET status = 'waiting', claim = NULL, lease_until = NULL, parked_at = now(), tries = tries - 1
        WHERE id = p_image;
        RETURN 'parked';
    END IF;
    IF v_image.tries > 1 THEN
        UPDATE generation_attempt SET is_open = false
        WHERE image_id = p_image AND provider_id = p_provider AND is_open
        RETURNING upstream_request INTO v_request;
    END IF;
    INSERT INTO generation_attempt (
        id, workspace_id, image_id, provider_id, number, outcome, error, upstream_request, is_open, usage, cost,
        is_loss, started_at
    ) VALUES (
        p_attempt, v_image.workspace_id, p_image, p_provider, v_image.tries, 'sent', '', coalesce(v_request, ''),
        v_request IS NOT NULL, '{}', 0, false, now()
    );
    UPDATE generation_generation SET status = 'running', started_at = now()
    WHERE id = v_generation AND status = 'queued';
    IF FOUND THEN
        PERFORM generation_publish(v_image.workspace_id, v_generation, NULL, 'generation.running', p_started);
    END IF;
    PERFORM generation_publish(v_image.workspace_id, v_generation, p_image, 'image.running', p_running);
    RETURN 'claimed';
END $$;

-- Gives jobs back to at most p_most images that were parked, while their provider has room, those of the least
-- loaded workspaces first. Called after each call that ended, in a transaction of its own: who is parked meanwhile
-- holds the same lock, so nobody is overlooked. Returns how many.
CREATE OR REPLACE FUNCTION generation_admit(p_provider text, p_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_free integer;
    v_jobs procrastinate_job_to_defer_v1[];
BEGIN
    PERFORM pg_advisory_xact_lock(7102, hashtext(p_provider));
    SELECT max_in_flight - (
        SELECT count(*) FROM generation_attempt WHERE provider_id = p_provider AND outcome = 'sent'
    ) INTO v_free FROM generation_provider WHERE slug = p_provider;
    IF v_free <= 0 THEN
        RETURN 0;
    END IF;
    WITH picked AS (
        SELECT image.id FROM generation_image AS image
        JOIN generation_generation AS generation ON generation.id = image.generation_id
        JOIN generation_imagemodel AS model ON model.slug = generation.model_id
        WHERE image.parked_at IS NOT NULL AND image.status = 'waiting'
            AND CASE WHEN generation.is_test THEN 'test' ELSE model.provider_id END = p_provider
        ORDER BY image.lane, image.id LIMIT least(v_free, p_most)
        FOR UPDATE OF image SKIP LOCKED
    ), admitted AS (
        UPDATE generation_image AS image SET parked_at = NULL FROM picked WHERE image.id = picked.id
        RETURNING image.id, image.lane
    )
    SELECT array_agg(generation_job(id, lane) ORDER BY lane, id) INTO v_jobs FROM admitted;
    IF v_jobs IS NULL THEN
        RETURN 0;
    END IF;
    RETURN cardinality(procrastinate_defer_jobs_v1(v_jobs));
END $$;

-- Sends an image back to wait for another attempt, from a moment on. False where the attempt has lost it.
CREATE OR REPLACE FUNCTION generation_again(p_image uuid, p_attempt uuid, p_at timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_lane integer;
BEGIN
    UPDATE generation_image SET status = 'waiting', claim = NULL, lease_until = NULL
    WHERE id = p_image AND claim = p_attempt AND status = 'running'
    RETURNING lane INTO v_lane;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM procrastinate_defer_jobs_v1(ARRAY[generation_job(p_image, v_lane, p_at)]);
    RETURN true;
END $$;
