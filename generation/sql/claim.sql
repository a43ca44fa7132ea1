-- Takes a waiting image for an attempt, before its paid call. Answers
--   claimed         the attempt is written and may call; the image carries its id as fencing token. "claimed with-request"
--                   where a request that the provider still keeps for an earlier attempt has gone over to this one
--   parked SECONDS  its provider may not be called now (`generation_pace_wait`, `generation_gate`); the image waits
--                   without a job, and it is worth asking again then: "infinity" is when another call has ended
--   gone            nothing to do: another attempt has it, or it has ended
-- Exact over any number of workers: calls under way are counted under the provider's lock. It is the last to be taken,
-- behind the workspace's: nobody who holds what all workspaces need waits for one of them.
CREATE OR REPLACE FUNCTION generation_claim(
    p_image uuid, p_attempt uuid, p_provider text, p_lease double precision, p_running jsonb, p_started jsonb
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_image generation_image%ROWTYPE;
    v_generation uuid;
    v_model text;
    v_references integer;
    v_wait double precision;
    v_request text;
BEGIN
    SELECT generation_id INTO v_generation FROM generation_image WHERE id = p_image;
    SELECT model_id, cardinality("references") INTO v_model, v_references FROM generation_generation
    WHERE id = v_generation FOR NO KEY UPDATE;
    UPDATE generation_image
    SET status = 'running', claim = p_attempt, lease_until = now() + make_interval(secs => p_lease), parked_at = NULL,
        started_at = coalesce(started_at, now()), tries = tries + 1
    WHERE id = p_image AND status = 'waiting'
    RETURNING * INTO v_image;
    IF NOT FOUND THEN
        -- Ours already, where the answer to the first try was lost.
        SELECT upstream_request INTO v_request FROM generation_attempt AS attempt
        JOIN generation_image AS image ON image.id = attempt.image_id AND image.claim = attempt.id
        WHERE attempt.id = p_attempt;
        RETURN CASE WHEN v_request IS NULL THEN 'gone' WHEN v_request = '' THEN 'claimed' ELSE 'claimed with-request' END;
    END IF;
    PERFORM generation_lock(v_image.workspace_id);
    PERFORM pg_advisory_xact_lock(7102, hashtext(p_provider));
    v_wait := coalesce(
        nullif(generation_pace_wait(p_provider, v_model, v_references), 0),
        generation_gate(p_provider, v_model, v_image.tries > 1)
    );
    IF v_wait IS NOT NULL THEN
        UPDATE generation_image
        SET status = 'waiting', claim = NULL, lease_until = NULL, parked_at = now(), provider_id = p_provider,
            model_id = v_model, tries = tries - 1,
            started_at = CASE WHEN tries > 1 THEN started_at END
        WHERE id = p_image;
        RETURN 'parked ' || v_wait;
    END IF;
    IF v_image.tries > 1 THEN
        UPDATE generation_attempt SET is_open = false
        WHERE image_id = p_image AND provider_id = p_provider AND is_open
        RETURNING upstream_request INTO v_request;
    END IF;
    INSERT INTO generation_attempt (
        id, workspace_id, image_id, provider_id, model_id, number, outcome, error, upstream_request, is_open, usage,
        cost, is_loss, started_at, input_images
    ) VALUES (
        p_attempt, v_image.workspace_id, p_image, p_provider, v_model, v_image.tries, 'sent', '', coalesce(v_request, ''),
        v_request IS NOT NULL, '{}', 0, false, clock_timestamp(), v_references
    );
    UPDATE generation_generation SET status = 'running', started_at = now()
    WHERE id = v_generation AND status = 'queued';
    IF FOUND THEN
        PERFORM generation_publish(v_image.workspace_id, v_generation, NULL, 'generation.running', p_started);
    END IF;
    PERFORM generation_publish(v_image.workspace_id, v_generation, p_image, 'image.running', p_running);
    RETURN CASE WHEN v_request IS NULL THEN 'claimed' ELSE 'claimed with-request' END;
END $$;

-- Gives jobs back to at most p_most images that were parked, while their provider may be called: as many as have room
-- there and as its paces for their models allow, those of the least loaded workspaces first; one, while its circuit is
-- open, once it is time to find out; none while the store's circuit is. Called after each call that ended, in a transaction of its own: who is parked
-- meanwhile holds the same lock, so nobody is overlooked. Returns how many.
CREATE OR REPLACE FUNCTION generation_admit(p_provider text, p_most integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_most integer;
    v_closed text[];
    v_heaviest jsonb;
    v_tightest integer;
    v_picked uuid[];
    v_jobs procrastinate_job_to_defer_v1[];
BEGIN
    PERFORM pg_advisory_xact_lock(7102, hashtext(p_provider));
    -- In the index's order: EXISTS would be taken for quickly answered by the table itself, whose rows may all be others'.
    PERFORM FROM generation_image WHERE parked_at IS NOT NULL AND provider_id = p_provider ORDER BY lane, id LIMIT 1;
    IF NOT FOUND OR EXISTS (SELECT FROM generation_storecircuit WHERE is_open) THEN
        RETURN 0;
    END IF;
    SELECT least(p_most, CASE WHEN circuit.probe_at > clock_timestamp() THEN 0 WHEN circuit.state <> 'closed' THEN 1 END,
        provider.max_in_flight - (
            SELECT count(*) FROM generation_attempt WHERE provider_id = p_provider AND outcome = 'sent'
        ))
    INTO v_most FROM generation_provider AS provider
    LEFT JOIN generation_circuit AS circuit ON circuit.provider_id = provider.slug AND circuit.state <> 'closed'
    WHERE provider.slug = p_provider;
    IF v_most <= 0 THEN
        RETURN 0;
    END IF;
    SELECT coalesce(array_agg(model.slug) FILTER (WHERE calls <= 0), '{}'),
           coalesce(jsonb_object_agg(model.slug, heaviest) FILTER (WHERE heaviest < 1000000), '{}'),
           min(calls) FILTER (WHERE calls > 0)
    INTO v_closed, v_heaviest, v_tightest
    FROM generation_pace_rooms(p_provider)
    JOIN generation_imagemodel AS model ON coalesce(model.shares_limits_of_id, model.slug) = lead;
    v_most := least(v_most, v_tightest);
    IF v_closed = '{}' AND v_heaviest = '{}' THEN
        v_picked := ARRAY(
            SELECT id FROM generation_image WHERE parked_at IS NOT NULL AND provider_id = p_provider
            ORDER BY lane, id LIMIT v_most FOR UPDATE SKIP LOCKED
        );
    ELSE
        -- Model by model, so that thousands that wait for one of them are not read for each image of another.
        v_picked := ARRAY(
            SELECT first.id FROM generation_imagemodel AS model CROSS JOIN LATERAL (
                SELECT id, lane FROM generation_image AS image
                WHERE parked_at IS NOT NULL AND provider_id = p_provider AND model_id = model.slug
                    AND (NOT v_heaviest ? model.slug OR (v_heaviest ->> model.slug)::integer >= (
                        SELECT cardinality(generation."references") FROM generation_generation AS generation
                        WHERE generation.id = image.generation_id
                    ))
                ORDER BY lane, id LIMIT v_most FOR UPDATE SKIP LOCKED
            ) AS first
            WHERE model.slug <> ALL (v_closed)
            ORDER BY first.lane, first.id LIMIT v_most
        );
    END IF;
    WITH admitted AS (
        UPDATE generation_image SET parked_at = NULL WHERE id = ANY (v_picked) RETURNING id, lane
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

-- A call has ended: what it says of its provider, and then whom that lets in. Never inside another transaction.
CREATE OR REPLACE FUNCTION generation_ended(p_provider text, p_attempt uuid, p_blame text, p_error text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_change text := generation_answered(p_provider, p_attempt, p_blame, p_error);
BEGIN
    PERFORM generation_admit(p_provider, CASE v_change WHEN 'closed' THEN 500 ELSE 1 END);
    RETURN v_change;
END $$;
