-- Whether a provider may be called, decided under its lock and by the database's clock, so that it holds for any
-- number of workers: its circuit, its pace for a model, and the budget of retries.

-- What the limits that a provider told us leave now, by the model that stands for those that share them:
--   calls     how many may begin
--   heaviest  the most references that one of them may have: any number where none was sent for a minute, so that the
--             provider itself answers a call with more than it ever lets through
-- 0 while it has asked us to wait, a million where it told us no limit.
CREATE OR REPLACE FUNCTION generation_pace_rooms(p_provider text)
RETURNS TABLE (lead text, calls integer, heaviest integer) LANGUAGE sql AS $$
    SELECT pace.model_id,
        CASE
            WHEN pace.paused_until > clock_timestamp() THEN 0
            WHEN pace.per_minute IS NULL THEN 1000000
            ELSE greatest(0, pace.per_minute - lately.calls)
        END,
        CASE
            WHEN pace.input_images_paused_until > clock_timestamp() THEN 0
            WHEN pace.input_images_per_minute IS NULL OR lately.sent = 0 THEN 1000000
            ELSE greatest(0, pace.input_images_per_minute - lately.sent)
        END
    FROM generation_pace AS pace, LATERAL (
        SELECT count(*)::integer AS calls, coalesce(sum(attempt.input_images), 0)::integer AS sent
        FROM generation_attempt AS attempt
        WHERE attempt.provider_id = pace.provider_id AND attempt.started_at > clock_timestamp() - interval '1 minute'
            AND coalesce(pace.per_minute, pace.input_images_per_minute) IS NOT NULL
            AND attempt.model_id IN (
                SELECT slug FROM generation_imagemodel WHERE coalesce(shares_limits_of_id, slug) = pace.model_id
            )
    ) AS lately
    WHERE pace.provider_id = p_provider
$$;

-- Seconds until the limits of a model and of those that share them let a call with so many references begin; 0 where
-- they do. One with more references than a minute ever has room for may begin once none was sent for a minute.
CREATE OR REPLACE FUNCTION generation_pace_wait(p_provider text, p_model text, p_references integer)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_pace generation_pace%ROWTYPE;
    v_models text[];
    v_until timestamptz;
BEGIN
    SELECT pace.* INTO v_pace FROM generation_imagemodel AS model
    JOIN generation_pace AS pace ON pace.provider_id = p_provider
        AND pace.model_id = coalesce(model.shares_limits_of_id, model.slug)
    WHERE model.slug = p_model;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT array_agg(slug) INTO v_models FROM generation_imagemodel
    WHERE coalesce(shares_limits_of_id, slug) = v_pace.model_id;
    v_until := v_pace.paused_until;
    IF v_pace.per_minute IS NOT NULL THEN
        v_until := greatest(v_until, (
            SELECT started_at + interval '1 minute' FROM generation_attempt
            WHERE provider_id = p_provider AND model_id = ANY (v_models) AND started_at > v_now - interval '1 minute'
            ORDER BY started_at DESC OFFSET greatest(v_pace.per_minute, 1) - 1 LIMIT 1
        ));
    END IF;
    IF p_references > 0 THEN
        v_until := greatest(v_until, v_pace.input_images_paused_until, (
            SELECT started_at + interval '1 minute' FROM (
                SELECT started_at, sum(input_images) OVER (ORDER BY started_at DESC, id DESC) AS sent
                FROM generation_attempt
                WHERE provider_id = p_provider AND model_id = ANY (v_models) AND input_images > 0
                    AND started_at > v_now - interval '1 minute'
            ) AS lately
            WHERE sent > v_pace.input_images_per_minute - p_references ORDER BY sent LIMIT 1
        ));
    END IF;
    RETURN coalesce(greatest(0, extract(epoch FROM v_until - v_now)), 0);
END $$;

-- Whether a call may begin: NULL where it may, else the seconds until it is worth asking again, 'infinity' where that
-- is when another call has ended, or when the store is back: what can't be stored is not paid for. The caller holds the
-- provider's lock and has asked for the model's pace before (`generation_pace_wait`). With the circuit open the one call that may
-- begin is the one that finds out, and the next such is ten seconds away.
CREATE OR REPLACE FUNCTION generation_gate(p_provider text, p_model text, p_is_retry boolean)
RETURNS double precision LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v record;
    v_lately record;
BEGIN
    PERFORM FROM generation_storecircuit WHERE is_open;
    IF FOUND THEN
        RETURN 'infinity';
    END IF;
    SELECT provider.max_in_flight, provider.retry_share, circuit.state, circuit.probe_at
    INTO v FROM generation_provider AS provider
    LEFT JOIN generation_circuit AS circuit ON circuit.provider_id = provider.slug
    WHERE provider.slug = p_provider;
    IF (SELECT count(*) FROM generation_attempt WHERE provider_id = p_provider AND outcome = 'sent')
        >= v.max_in_flight THEN
        RETURN 'infinity';
    END IF;
    IF v.state IN ('open', 'half_open') THEN
        IF v.probe_at > v_now THEN
            RETURN extract(epoch FROM v.probe_at - v_now);
        END IF;
        UPDATE generation_circuit SET state = 'half_open', probe_at = v_now + interval '10 seconds'
        WHERE provider_id = p_provider;
    ELSIF p_is_retry AND v.retry_share < 100 THEN
        SELECT count(*) AS calls, count(*) FILTER (WHERE number > 1) AS retries,
               count(*) FILTER (WHERE blame IN ('provider', 'limit')) AS struck
        INTO v_lately FROM generation_attempt
        WHERE provider_id = p_provider AND started_at > v_now - interval '1 minute';
        IF v_lately.struck * 10 >= v_lately.calls
            AND (v_lately.retries + 1) * 100 > greatest(500, (v_lately.calls + 1) * v.retry_share) THEN
            RETURN 5;
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- What a call's end says of its provider: p_blame is NULL where it says nothing, '' where the provider has done its
-- work, else whose failure it was. What began before the circuit last opened or closed has no say any more. Answers
-- 'opened' or 'closed' to the one call that did it, else ''.
CREATE OR REPLACE FUNCTION generation_answered(p_provider text, p_attempt uuid, p_blame text, p_error text)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_began timestamptz;
    v_before text;
    v_after text;
BEGIN
    IF p_blame = '' THEN
        PERFORM FROM generation_circuit
        WHERE provider_id = p_provider AND (state <> 'closed' OR failures > 0);
    END IF;
    IF p_blame IS NULL OR p_blame NOT IN ('', 'provider', 'key', 'funds') OR (p_blame = '' AND NOT FOUND) THEN
        RETURN '';
    END IF;
    PERFORM pg_advisory_xact_lock(7102, hashtext(p_provider));
    SELECT started_at INTO v_began FROM generation_attempt WHERE id = p_attempt;
    IF p_blame <> '' THEN
        -- The first failure need not be of the call that began first; no call lasts an hour, so all under way have a say.
        INSERT INTO generation_circuit (provider_id, state, cause, since, failures, error)
        VALUES (p_provider, 'closed', '', v_began - interval '1 hour', 0, '') ON CONFLICT DO NOTHING;
    END IF;
    SELECT state INTO v_before FROM generation_circuit
    WHERE provider_id = p_provider AND since <= v_began FOR UPDATE;
    IF NOT FOUND THEN
        RETURN '';
    END IF;
    IF p_blame = '' THEN
        UPDATE generation_circuit
        SET state = 'closed', cause = '', failures = 0, probe_at = NULL, told_at = NULL,
            since = CASE WHEN v_before = 'closed' THEN since ELSE clock_timestamp() END
        WHERE provider_id = p_provider;
        RETURN CASE WHEN v_before = 'closed' THEN '' ELSE 'closed' END;
    END IF;
    UPDATE generation_circuit AS circuit
    SET failures = failures + 1, error = left(p_error, 500), error_at = clock_timestamp(),
        cause = CASE WHEN p_blame <> 'provider' OR v_before = 'closed' THEN p_blame ELSE cause END,
        state = CASE
            WHEN v_before <> 'closed' OR p_blame <> 'provider' OR failures + 1 >= provider.opens_after THEN 'open'
            ELSE 'closed'
        END
    FROM generation_provider AS provider
    WHERE circuit.provider_id = p_provider AND provider.slug = p_provider
    RETURNING circuit.state INTO v_after;
    IF v_before = 'closed' AND v_after = 'open' THEN
        UPDATE generation_circuit
        SET since = clock_timestamp(), probe_at = clock_timestamp() + interval '10 seconds', told_at = NULL
        WHERE provider_id = p_provider;
        RETURN 'opened';
    END IF;
    RETURN '';
END $$;
