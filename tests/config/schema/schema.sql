-- The schema of a new database; `SCHEMA=record make test ARGS=tests/config/schema/test_schema.py` writes it anew.


SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE TYPE public.procrastinate_job_event_type AS ENUM (
    'deferred',
    'started',
    'deferred_for_retry',
    'failed',
    'succeeded',
    'cancelled',
    'abort_requested',
    'aborted',
    'scheduled',
    'retried'
);

CREATE TYPE public.procrastinate_job_status AS ENUM (
    'todo',
    'doing',
    'succeeded',
    'failed',
    'cancelled',
    'aborting',
    'aborted'
);

CREATE TYPE public.procrastinate_job_to_defer_v1 AS (
	queue_name character varying,
	task_name character varying,
	priority integer,
	lock text,
	queueing_lock text,
	args jsonb,
	scheduled_at timestamp with time zone
);

CREATE FUNCTION public.audit_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail only grows: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE FUNCTION public.billing_credit_price(p_workspace uuid) RETURNS numeric
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_workspace WHERE id = p_workspace AND mode = 'test') THEN
        RETURN 0;
    END IF;
    RETURN coalesce(
        (SELECT min(offer.amount::numeric / pack.credits)
         FROM billing_packoffer AS offer JOIN billing_creditpack AS pack ON pack.slug = offer.pack_id
         WHERE offer.tier_id = billing_tier_slug(p_workspace) AND pack.is_active),
        (SELECT min(amount::numeric / credits) FROM billing_creditpack WHERE is_active),
        0
    );
END $$;

CREATE FUNCTION public.billing_tier_slug(p_workspace uuid) RETURNS character varying
    LANGUAGE plpgsql STABLE
    AS $$
BEGIN
    RETURN coalesce(
        (SELECT tier_id FROM billing_tierassignment
         WHERE workspace_id = (SELECT coalesce(own.live_id, above.live_id, above.id, own.id)
                               FROM accounts_workspace AS own
                               LEFT JOIN accounts_workspace AS above ON above.id = own.parent_id
                               WHERE own.id = p_workspace)
             AND effective_at <= statement_timestamp()
         ORDER BY effective_at DESC, id DESC LIMIT 1),
        (SELECT slug FROM billing_pricingtier WHERE is_default)
    );
END $$;

CREATE FUNCTION public.gallery_lexemes(words text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    -- Letters of a stretch that are taken at once: to find the n-th one, all before it are read.
    piece CONSTANT integer := 64;
    found record;
    letters text;
    made text[] := '{}';
BEGIN
    FOR found IN SELECT term, stem, term COLLATE "C" ~ '^[\u0e00-\U0010ffff]' AS dense FROM gallery_terms(words) LOOP
        IF found.stem <> '' THEN
            made := array_append(made, found.stem);
        END IF;
        IF NOT found.dense THEN
            made := array_append(array_append(made, '^' || left(found.term, 1)), '^' || left(found.term, 2));
        END IF;
        FOR begun IN 0..(length(found.term) - 1) / piece LOOP
            letters := substr(found.term, begun * piece + 1, piece + 2);
            FOR place IN 1..least(piece, length(letters)) LOOP
                IF found.dense THEN
                    made := array_append(made, '~' || substr(letters, place, 1));
                    made := array_append(made, '~' || substr(letters, place, 2));
                ELSIF place < length(letters) - 1 THEN
                    made := array_append(made, '~' || substr(letters, place, 3));
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION public.gallery_plain(words text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
    SELECT CASE WHEN octet_length(words) = length(words) THEN
        btrim(regexp_replace(lower(words COLLATE "pg_unicode_fast"), '[^a-z0-9]+', ' ', 'g'))
    ELSE
        btrim(regexp_replace(normalize(translate(regexp_replace(
            casefold(normalize(words, NFKD) COLLATE "pg_unicode_fast"),
            -- Accents; marks of Hebrew and Arabic that most people leave out; joiners, directions, variants.
            '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640'
            '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u00ad\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e'
            '\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+', '', 'g'
        ), 'ıłøđħŧ', 'ilodht'), NFC) COLLATE "pg_unicode_fast",
        -- Symbols of ASCII separate; a space of no width and letters that stand for apostrophes do, too.
        '[[:punct:][:space:][:cntrl:]+<=>^`|~$\u200b\u02b9-\u02bd\u2044]+', ' ', 'g'))
    END
$_$;

CREATE FUNCTION public.gallery_terms(words text) RETURNS TABLE(term text, stem text)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$
    SELECT term, CASE WHEN term COLLATE "C" ~ '^[a-z]{1,40}$' THEN
        coalesce((ts_lexize('english_stem', term))[1], '')
    END
    FROM (
        SELECT DISTINCT found[1] AS term
        FROM regexp_matches(words COLLATE "C", '[\u0e00-\U0010ffff]+|[^ \u0e00-\U0010ffff]+', 'g') AS found
    ) AS terms
$_$;

CREATE FUNCTION public.gallery_word() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF EXISTS (SELECT FROM gallery_wording WHERE generation_id = NEW.generation_id) THEN
        RETURN NULL;
    END IF;
    INSERT INTO gallery_wording (generation_id, words, search)
    SELECT id, words, array_to_tsvector(gallery_lexemes(words) || ARRAY[
        'w:' || replace(workspace_id::text, '-', ''),
        'm:' || model_id,
        's:' || CASE
            WHEN NEW.width > NEW.height THEN 'wide' WHEN NEW.width < NEW.height THEN 'tall' ELSE 'square'
        END
    ])
    FROM generation_generation, gallery_plain(prompt) AS words
    WHERE id = NEW.generation_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION public.generation_admit(p_provider text, p_most integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_again(p_image uuid, p_attempt uuid, p_at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_announce_jobs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_queue text;
BEGIN
    FOR v_queue IN SELECT DISTINCT queue_name FROM inserted WHERE status = 'todo' LOOP
        RAISE INFO USING
            ERRCODE = 'CI001', MESSAGE = 'procrastinate_queue_v1#' || v_queue, DETAIL = '{"type": "job_inserted"}';
        RAISE INFO USING
            ERRCODE = 'CI001', MESSAGE = 'procrastinate_any_queue_v1', DETAIL = '{"type": "job_inserted"}';
    END LOOP;
    RETURN NULL;
END $$;

CREATE FUNCTION public.generation_answered(p_provider text, p_attempt uuid, p_blame text, p_error text) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_claim(p_image uuid, p_attempt uuid, p_provider text, p_lease double precision, p_running jsonb, p_started jsonb) RETURNS text
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_close(p_generation uuid, p_public text, OUT r_status text, OUT r_batch uuid, OUT r_unused boolean) RETURNS record
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_cost_once(p_image uuid) RETURNS void
    LANGUAGE sql
    AS $$
    UPDATE generation_attempt AS earlier SET cost = 0, is_loss = false
    WHERE image_id = p_image AND upstream_request <> '' AND (cost > 0 OR is_loss) AND EXISTS (
        SELECT FROM generation_attempt AS later
        WHERE later.image_id = p_image AND later.provider_id = earlier.provider_id
            AND later.upstream_request = earlier.upstream_request AND later.number > earlier.number
    )
$$;

CREATE FUNCTION public.generation_decision_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'Decisions about appeals are kept: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION public.generation_derive(p_image uuid, p_claim uuid, p_lease double precision) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_leased boolean;
    v_thumbnail text;
    v_failed boolean;
BEGIN
    INSERT INTO generation_derivation AS one (image_id, workspace_id, claim, lease_until, tries)
    SELECT id, workspace_id, p_claim, clock_timestamp() + make_interval(secs => p_lease), 1
    FROM generation_image WHERE id = p_image AND status = 'stored' AND deleted_at IS NULL AND thumbnail = ''
    ON CONFLICT (image_id) DO UPDATE
    SET claim = p_claim, lease_until = excluded.lease_until, tries = one.tries + 1
    WHERE one.lease_until IS NULL OR one.lease_until < clock_timestamp();
    v_leased := FOUND;
    -- Read again: whoever held the row may have made them, and this was waiting for it.
    SELECT thumbnail INTO v_thumbnail FROM generation_image
    WHERE id = p_image AND status = 'stored' AND deleted_at IS NULL;
    IF v_thumbnail = '' THEN
        SELECT claim IS NULL INTO v_failed FROM generation_derivation WHERE image_id = p_image;
        RETURN CASE WHEN v_leased THEN 'leased' WHEN v_failed THEN 'failed' ELSE 'busy' END;
    END IF;
    DELETE FROM generation_derivation WHERE image_id = p_image;
    RETURN CASE WHEN v_thumbnail IS NULL THEN 'gone' ELSE 'made' END;
END $$;

CREATE FUNCTION public.generation_derived(p_image uuid, p_claim uuid, p_thumbnail text, p_medium text, p_thumbhash bytea) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM generation_derivation WHERE image_id = p_image AND claim = p_claim;
    IF FOUND THEN
        UPDATE generation_image SET thumbnail = p_thumbnail, medium = p_medium, thumbhash = p_thumbhash
        WHERE id = p_image AND deleted_at IS NULL AND thumbnail = '';
    END IF;
    RETURN EXISTS (SELECT FROM generation_image WHERE id = p_image AND thumbnail = p_thumbnail);
END $$;

CREATE FUNCTION public.generation_dispatch(p_workspace uuid) RETURNS integer
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_ended(p_provider text, p_attempt uuid, p_blame text, p_error text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_change text := generation_answered(p_provider, p_attempt, p_blame, p_error);
BEGIN
    PERFORM generation_admit(p_provider, CASE v_change WHEN 'closed' THEN 500 ELSE 1 END);
    RETURN v_change;
END $$;

CREATE FUNCTION public.generation_gate(p_provider text, p_model text, p_is_retry boolean) RETURNS double precision
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_job(p_image uuid, p_lane integer, p_at timestamp with time zone DEFAULT NULL::timestamp with time zone) RETURNS public.procrastinate_job_to_defer_v1
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT ROW(
        'images', 'generation.tasks.run_image', -p_lane, NULL, NULL, jsonb_build_object('image_id', p_image), p_at
    )::procrastinate_job_to_defer_v1
$$;

CREATE FUNCTION public.generation_lock(p_workspace uuid) RETURNS void
    LANGUAGE sql
    AS $$
    SELECT pg_advisory_xact_lock(7101, hashtext(p_workspace::text))
$$;

CREATE FUNCTION public.generation_pace_rooms(p_provider text) RETURNS TABLE(lead text, calls integer, heaviest integer)
    LANGUAGE sql
    AS $$
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

CREATE FUNCTION public.generation_pace_wait(p_provider text, p_model text, p_references integer) RETURNS double precision
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_publish(p_workspace uuid, p_generation uuid, p_image uuid, p_kind text, p_data jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_refuse_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% % stays in its workspace.', TG_TABLE_NAME, OLD.id USING ERRCODE = 'foreign_key_violation';
END
$$;

CREATE FUNCTION public.generation_same_workspace() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_workspace uuid;
BEGIN
    CASE TG_TABLE_NAME
        WHEN 'generation_image' THEN
            SELECT workspace_id INTO v_workspace FROM generation_generation WHERE id = NEW.generation_id;
        WHEN 'generation_attempt' THEN
            SELECT workspace_id INTO v_workspace FROM generation_image WHERE id = NEW.image_id;
        WHEN 'generation_generation' THEN
            SELECT workspace_id INTO v_workspace FROM generation_batch WHERE id = NEW.batch_id;
    END CASE;
    IF v_workspace IS DISTINCT FROM NEW.workspace_id THEN
        RAISE EXCEPTION '% % belongs to something that is not of workspace %.', TG_TABLE_NAME, NEW.id, NEW.workspace_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.generation_store(p_image uuid, p_attempt uuid, p_picture jsonb, p_sha256 bytea, p_thumbhash bytea, p_attempted jsonb, OUT r_won boolean, OUT r_kept boolean) RETURNS record
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.generation_stored(p_image uuid, p_said jsonb, p_public text, OUT r_status text, OUT r_batch uuid, OUT r_unused boolean) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_workspace uuid;
    v_generation uuid;
BEGIN
    SELECT workspace_id, generation_id INTO v_workspace, v_generation FROM generation_image WHERE id = p_image;
    PERFORM generation_publish(v_workspace, v_generation, p_image, 'image.stored', p_said);
    SELECT * INTO r_status, r_batch, r_unused FROM generation_close(v_generation, p_public);
    PERFORM generation_dispatch(v_workspace);
END $$;

CREATE FUNCTION public.generation_style_version_stays() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.created_by_id := OLD.created_by_id;
    IF NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A version of a style is never changed; write a new one.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.generation_submit(p_generation jsonb, p_image jsonb, p_images uuid[], p_event jsonb) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_workspace uuid := p_generation ->> 'workspace_id';
    v_id uuid := p_generation ->> 'id';
BEGIN
    INSERT INTO generation_generation (
        id, workspace_id, created_by_id, token_id, source, is_test, request_key, fingerprint, requested_model,
        model_id, prompt, sent_prompt, count, width, height, quality, background, output_format, output_compression,
        moderation, "references", mask, style_version_id, style_values, style_references, batch_id, batch_row_id,
        paid_from, partials, quote, credits, charged, status, created_at, started_at, finished_at,
        cancel_requested_at, seed, external_id, metadata
    )
    SELECT
        row.id, row.workspace_id, row.created_by_id, row.token_id, row.source, row.is_test, row.request_key,
        row.fingerprint, row.requested_model, row.model_id, row.prompt, row.sent_prompt, row.count, row.width,
        row.height, row.quality, row.background, row.output_format, row.output_compression, row.moderation,
        row.references, row.mask, row.style_version_id, row.style_values, row.style_references, row.batch_id,
        row.batch_row_id, row.paid_from, row.partials, row.quote, row.credits, row.charged, row.status,
        row.created_at, row.started_at, row.finished_at, row.cancel_requested_at, row.seed,
        coalesce(row.external_id, ''), coalesce(row.metadata, '{}')
    FROM jsonb_populate_record(NULL::generation_generation, p_generation) AS row
    ON CONFLICT (workspace_id, request_key) WHERE request_key IS NOT NULL DO NOTHING;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO generation_image (
        id, workspace_id, generation_id, "index", status, reason, detail, credits, dispatched_at, lane, turn,
        parked_at, provider_id, model_id, tries, claim, lease_until, file, thumbnail, medium, preview, thumbhash,
        format, width, height, size, sha256, created_at, started_at, finished_at, deleted_at, removed_at, seed
    )
    SELECT
        made.id, row.workspace_id, row.generation_id, made.number - 1, row.status, row.reason, row.detail,
        row.credits, row.dispatched_at, row.lane, row.turn, row.parked_at, row.provider_id, row.model_id, row.tries, row.claim, row.lease_until,
        row.file, row.thumbnail, row.medium, row.preview, row.thumbhash, row.format, row.width, row.height,
        row.size, row.sha256, row.created_at, row.started_at, row.finished_at, row.deleted_at, row.removed_at, row.seed
    FROM unnest(p_images) WITH ORDINALITY AS made (id, number),
        jsonb_populate_record(NULL::generation_image, p_image) AS row;
    PERFORM generation_dispatch(v_workspace);
    PERFORM generation_publish(v_workspace, v_id, NULL, 'generation.queued', p_event);
    RETURN true;
END $$;

CREATE FUNCTION public.generation_submit_batch(p_workspace uuid, p_generations jsonb, p_images jsonb) RETURNS integer
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO generation_generation (
        id, workspace_id, created_by_id, token_id, source, is_test, request_key, fingerprint, requested_model,
        model_id, prompt, sent_prompt, count, width, height, quality, background, output_format, output_compression,
        moderation, "references", mask, style_version_id, style_values, style_references, batch_id, batch_row_id,
        paid_from, partials, quote, credits, charged, status, created_at, started_at, finished_at,
        cancel_requested_at, seed, external_id, metadata
    )
    SELECT
        row.id, row.workspace_id, row.created_by_id, row.token_id, row.source, row.is_test, row.request_key,
        row.fingerprint, row.requested_model, row.model_id, row.prompt, row.sent_prompt, row.count, row.width,
        row.height, row.quality, row.background, row.output_format, row.output_compression, row.moderation,
        row.references, row.mask, row.style_version_id, row.style_values, row.style_references, row.batch_id,
        row.batch_row_id, row.paid_from, row.partials, row.quote, row.credits, row.charged, row.status,
        row.created_at, row.started_at, row.finished_at, row.cancel_requested_at, row.seed,
        coalesce(row.external_id, ''), coalesce(row.metadata, '{}')
    FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS row;
    UPDATE generation_batchrow AS one SET generation_id = made.id
    FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS made
    WHERE one.id = made.batch_row_id;
    INSERT INTO generation_image (
        id, workspace_id, generation_id, "index", status, reason, detail, credits, dispatched_at, lane, turn,
        parked_at, provider_id, model_id, tries, claim, lease_until, file, thumbnail, medium, preview, thumbhash,
        format, width, height, size, sha256, created_at, started_at, finished_at, deleted_at, removed_at, seed
    )
    SELECT
        row.id, row.workspace_id, row.generation_id, row."index", row.status, row.reason, row.detail, row.credits,
        row.dispatched_at, row.lane, row.turn, row.parked_at, row.provider_id, row.model_id, row.tries, row.claim, row.lease_until, row.file,
        row.thumbnail, row.medium, row.preview, row.thumbhash, row.format, row.width, row.height, row.size,
        row.sha256, row.created_at, row.started_at, row.finished_at, row.deleted_at, row.removed_at, row.seed
    FROM jsonb_populate_recordset(NULL::generation_image, p_images) AS row;
    PERFORM generation_dispatch(p_workspace);
    RETURN jsonb_array_length(p_images);
END $$;

CREATE FUNCTION public.ledger_cap_subjects(p_workspace uuid, p_actor uuid, p_token uuid) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$
    SELECT ARRAY[p_workspace, p_actor, p_token]
        || (SELECT makers || created_by_id FROM accounts_apitoken WHERE id = p_token)
$$;

CREATE FUNCTION public.ledger_capture(p_hold_reference text, p_credits bigint, p_key text, p_about text, p_reason text, OUT r_outcome text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    the_hold billing_hold;
    wallet billing_wallet;
BEGIN
    SELECT * INTO the_hold FROM billing_hold WHERE reference = p_hold_reference;
    IF NOT FOUND THEN
        r_outcome := 'unknown';
        RETURN;
    END IF;
    wallet := ledger_wallet(the_hold.workspace_id);
    r_outcome := ledger_seen(the_hold.workspace_id, 'capture', 'held', 'used', p_credits, p_key, p_about);
    IF r_outcome <> 'new' THEN
        RETURN;
    END IF;
    UPDATE billing_hold
    SET captured = captured + p_credits,
        ended_at = CASE WHEN amount = captured + released + p_credits THEN clock_timestamp() END
    WHERE id = the_hold.id AND amount >= captured + released + p_credits;
    IF NOT FOUND THEN
        r_outcome := 'exhausted';
        RETURN;
    END IF;
    UPDATE billing_wallet SET held = held - p_credits, last_transfer = ledger_next(workspace_id, last_transfer)
    WHERE workspace_id = the_hold.workspace_id
    RETURNING * INTO wallet;
    PERFORM ledger_record(wallet.last_transfer, the_hold.workspace_id, 'capture', 'held', 'used', p_credits, p_key,
                          p_about, p_reason, the_hold.id, the_hold.actor_id, the_hold.token_id, wallet.available);
    r_outcome := 'done';
END
$$;

CREATE FUNCTION public.ledger_commit_caps(p_workspace uuid, p_actor uuid, p_token uuid, p_credits bigint, p_at timestamp with time zone, OUT r_at timestamp with time zone, OUT r_cap uuid) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    subjects uuid[];
BEGIN
    r_at := p_at;
    PERFORM FROM billing_cap WHERE workspace_id = p_workspace LIMIT 1;
    IF NOT FOUND THEN -- as almost everywhere
        RETURN;
    END IF;
    subjects := ledger_cap_subjects(p_workspace, p_actor, p_token);
    SELECT greatest(p_at, max(since)) INTO r_at FROM billing_cap
    WHERE workspace_id = p_workspace AND subject = ANY (subjects);
    SELECT id INTO r_cap FROM billing_cap
    WHERE workspace_id = p_workspace AND subject = ANY (subjects)
        AND credits < p_credits + CASE WHEN since < ledger_period(period, r_at) THEN 0 ELSE committed END
    ORDER BY credits - CASE WHEN since < ledger_period(period, r_at) THEN 0 ELSE committed END, id LIMIT 1;
    IF NOT FOUND THEN
        UPDATE billing_cap
        SET committed = p_credits + CASE WHEN since < ledger_period(period, r_at) THEN 0 ELSE committed END,
            told = CASE WHEN since < ledger_period(period, r_at) THEN 0 ELSE told END,
            since = ledger_period(period, r_at)
        WHERE workspace_id = p_workspace AND subject = ANY (subjects);
    END IF;
END
$$;

CREATE FUNCTION public.ledger_credit(p_workspace uuid, p_kind text, p_source text, p_credits bigint, p_key text, p_reference text, p_reason text, p_actor uuid, OUT r_outcome text) RETURNS text
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM ledger_wallet(p_workspace);
    r_outcome := ledger_seen(p_workspace, p_kind, p_source, 'available', p_credits, p_key, p_reference);
    IF r_outcome = 'new' THEN
        PERFORM ledger_receive(p_workspace, p_kind, p_source, p_credits, p_key, p_reference, p_reason, NULL,
                               p_actor, NULL);
        r_outcome := 'done';
    END IF;
END
$$;

CREATE FUNCTION public.ledger_debit(p_workspace uuid, p_kind text, p_target text, p_credits bigint, p_key text, p_reference text, p_reason text, p_actor uuid, OUT r_outcome text, OUT r_available bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
BEGIN
    wallet := ledger_wallet(p_workspace);
    r_available := wallet.available;
    r_outcome := ledger_seen(p_workspace, p_kind, 'available', p_target, p_credits, p_key, p_reference);
    IF r_outcome <> 'new' THEN
        RETURN;
    ELSIF wallet.available < p_credits THEN
        r_outcome := 'insufficient';
        RETURN;
    END IF;
    UPDATE billing_wallet SET available = available - p_credits, last_transfer = ledger_next(p_workspace, last_transfer)
    WHERE workspace_id = p_workspace
    RETURNING * INTO wallet;
    r_available := wallet.available;
    PERFORM ledger_record(wallet.last_transfer, p_workspace, p_kind, 'available', p_target, p_credits, p_key,
                          p_reference, p_reason, NULL, p_actor, NULL, r_available);
    r_outcome := 'done';
END
$$;

CREATE FUNCTION public.ledger_first_id(p_at timestamp with time zone) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (lpad(to_hex((greatest(extract(epoch FROM p_at) - 86400, 0) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;

CREATE FUNCTION public.ledger_freeze(p_workspace uuid, p_credits bigint, p_reference text, p_reason text, p_actor uuid, OUT r_outcome text, OUT r_frozen bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
    the_hold uuid;
BEGIN
    wallet := ledger_wallet(p_workspace);
    SELECT amount INTO r_frozen FROM billing_hold WHERE reference = p_reference AND workspace_id = p_workspace;
    IF FOUND THEN
        r_outcome := 'again';
        RETURN;
    END IF;
    r_outcome := 'done';
    r_frozen := least(wallet.available, p_credits);
    IF r_frozen > 0 THEN
        UPDATE billing_wallet SET available = available - r_frozen, held = held + r_frozen,
            last_transfer = ledger_next(p_workspace, last_transfer)
        WHERE workspace_id = p_workspace
        RETURNING * INTO wallet;
        INSERT INTO billing_hold (id, workspace_id, reference, amount, actor_id, created_at)
        VALUES (uuidv7(), p_workspace, p_reference, r_frozen, p_actor, clock_timestamp())
        RETURNING id INTO the_hold;
        PERFORM ledger_record(wallet.last_transfer, p_workspace, 'hold', 'available', 'held', r_frozen,
                              'hold:' || p_reference, p_reference, p_reason, the_hold, p_actor, NULL,
                              wallet.available);
    END IF;
END
$$;

CREATE FUNCTION public.ledger_hold(p_workspace uuid, p_credits bigint, p_reference text, p_actor uuid, p_token uuid, OUT r_outcome text, OUT r_hold uuid, OUT r_available bigint, OUT r_debt bigint) RETURNS record
    LANGUAGE sql
    AS $$
    SELECT CASE held.r_outcome WHEN 'spending_cap' THEN 'token_cap' WHEN 'locked' THEN 'suspended'
                WHEN 'partner_in_debt' THEN 'suspended' ELSE held.r_outcome END,
           held.r_hold, held.r_available, held.r_debt
    FROM ledger_hold_at(p_workspace, p_credits, p_reference, p_actor, p_token, clock_timestamp()) AS held
$$;

CREATE FUNCTION public.ledger_hold_at(p_workspace uuid, p_credits bigint, p_reference text, p_actor uuid, p_token uuid, p_at timestamp with time zone, OUT r_outcome text, OUT r_hold uuid, OUT r_available bigint, OUT r_debt bigint, OUT r_cap uuid) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    earlier billing_hold;
    the_id uuid;
    forbidden text;
BEGIN
    LOOP
        UPDATE billing_wallet SET available = available - p_credits, held = held + p_credits,
            last_transfer = ledger_next(p_workspace, last_transfer)
        WHERE workspace_id = p_workspace AND available >= p_credits AND debt = 0
            AND NOT EXISTS (
                SELECT FROM accounts_workspace AS own
                LEFT JOIN accounts_workspace AS above ON above.id = coalesce(own.live_id, own.parent_id)
                LEFT JOIN accounts_workspace AS top ON top.id = above.live_id
                WHERE own.id = p_workspace
                    AND (coalesce(own.suspended_at, own.spending_locked_at, above.suspended_at, above.spending_locked_at,
                                  top.suspended_at, top.spending_locked_at) IS NOT NULL
                         OR EXISTS (SELECT FROM billing_wallet WHERE workspace_id = own.parent_id AND debt > 0))
            )
        RETURNING available, last_transfer INTO r_available, the_id;

        IF FOUND THEN
            r_outcome := 'done';
            IF p_token IS NOT NULL THEN
                UPDATE accounts_apitoken SET credits_committed = credits_committed + p_credits
                WHERE id = p_token AND workspace_id = p_workspace
                    AND (credit_cap IS NULL OR credits_committed + p_credits <= credit_cap);
                IF NOT FOUND THEN
                    r_outcome := 'token_cap';
                END IF;
            END IF;
            IF r_outcome = 'done' THEN
                SELECT caps.r_at, caps.r_cap INTO p_at, r_cap
                FROM ledger_commit_caps(p_workspace, p_actor, p_token, p_credits, p_at) AS caps;
                IF r_cap IS NOT NULL THEN
                    r_outcome := 'spending_cap';
                ELSE
                    INSERT INTO billing_hold (id, workspace_id, reference, amount, token_id, actor_id, created_at)
                    VALUES (uuidv7(), p_workspace, p_reference, p_credits, p_token, p_actor, p_at)
                    ON CONFLICT (reference) DO NOTHING
                    RETURNING id INTO r_hold;
                    IF FOUND THEN
                        PERFORM ledger_record(the_id, p_workspace, 'hold', 'available', 'held', p_credits,
                                              'hold:' || p_reference, p_reference, '', r_hold, p_actor, p_token,
                                              r_available);
                        RETURN;
                    END IF;
                    PERFORM ledger_release_caps(p_workspace, p_actor, p_token, p_credits, p_at);
                END IF;
                UPDATE accounts_apitoken SET credits_committed = credits_committed - p_credits WHERE id = p_token;
            END IF;
            UPDATE billing_wallet SET available = available + p_credits, held = held - p_credits
            WHERE workspace_id = p_workspace RETURNING available INTO r_available;
        END IF;

        -- Not held. Either it was before, or something forbids it; say what.
        SELECT * INTO earlier FROM billing_hold WHERE reference = p_reference;
        IF FOUND THEN
            r_cap := NULL;
            IF earlier.workspace_id = p_workspace AND earlier.amount = p_credits THEN
                r_outcome := 'again';
                r_hold := earlier.id;
            ELSE
                r_outcome := 'conflict';
            END IF;
            RETURN;
        ELSIF r_outcome IN ('token_cap', 'spending_cap') THEN
            RETURN;
        END IF;
        forbidden := ledger_spending_forbidden(p_workspace);
        SELECT available, debt INTO r_available, r_debt FROM billing_wallet WHERE workspace_id = p_workspace;
        r_available := coalesce(r_available, 0);
        IF forbidden IS NOT NULL THEN
            r_outcome := forbidden;
        ELSIF r_debt > 0 THEN
            r_outcome := 'in_debt';
        ELSIF r_available < p_credits THEN
            r_outcome := 'insufficient';
        ELSE
            CONTINUE; -- somebody paid in between: decide again
        END IF;
        RETURN;
    END LOOP;
END
$$;

CREATE FUNCTION public.ledger_is_spending(p_reference text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT p_reference NOT LIKE 'dispute:%'
$$;

CREATE FUNCTION public.ledger_move(p_from uuid, p_to uuid, p_credits bigint, p_key text, p_reason text, p_actor uuid, p_token uuid, OUT r_outcome text, OUT r_moved bigint, OUT r_available bigint, OUT r_debt bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
    the_kind text;
BEGIN
    SELECT CASE WHEN taker.parent_id = giver.id THEN 'fund' WHEN giver.parent_id = taker.id THEN 'withdraw' END
    INTO the_kind FROM accounts_workspace AS giver, accounts_workspace AS taker
    WHERE giver.id = p_from AND taker.id = p_to;
    IF the_kind IS NULL THEN
        r_outcome := 'unrelated';
        RETURN;
    END IF;
    PERFORM ledger_wallet(least(p_from, p_to));
    PERFORM ledger_wallet(greatest(p_from, p_to));
    SELECT * INTO wallet FROM billing_wallet WHERE workspace_id = p_from;
    r_available := wallet.available;
    r_debt := wallet.debt;
    r_outcome := ledger_seen(p_from, the_kind, 'available', 'clients', p_credits, p_key, 'workspace:' || p_to);
    IF r_outcome <> 'new' THEN
        SELECT amount INTO r_moved FROM billing_transfer WHERE key = p_key;
        RETURN;
    END IF;
    r_moved := coalesce(p_credits, wallet.available);
    IF the_kind = 'fund' AND ledger_spending_forbidden(p_from) IS NOT NULL THEN
        r_outcome := ledger_spending_forbidden(p_from);
    ELSIF wallet.debt > 0 THEN
        r_outcome := 'in_debt';
    ELSIF wallet.available < r_moved THEN
        r_outcome := 'insufficient';
    ELSE
        r_outcome := 'done';
    END IF;
    IF r_outcome <> 'done' OR r_moved = 0 THEN
        r_moved := 0;
        RETURN;
    END IF;
    UPDATE billing_wallet SET available = available - r_moved, last_transfer = ledger_next(p_from, last_transfer)
    WHERE workspace_id = p_from
    RETURNING * INTO wallet;
    r_available := wallet.available;
    PERFORM ledger_record(wallet.last_transfer, p_from, the_kind, 'available', 'clients', r_moved, p_key,
                          'workspace:' || p_to, p_reason, NULL, p_actor, p_token, r_available);
    PERFORM ledger_receive(p_to, the_kind, 'clients', r_moved, p_key || ':in', 'workspace:' || p_from, p_reason, NULL,
                           p_actor, p_token);
END
$$;

CREATE FUNCTION public.ledger_next(p_workspace uuid, p_last uuid) RETURNS uuid
    LANGUAGE plpgsql
    AS $$
DECLARE
    the_next uuid := uuidv7();
    digits text;
BEGIN
    IF p_last IS NULL THEN -- the wallet has not been written since it has this column
        SELECT id INTO p_last FROM billing_transfer WHERE workspace_id = p_workspace ORDER BY id DESC LIMIT 1;
    END IF;
    IF the_next > p_last OR p_last IS NULL THEN
        RETURN the_next;
    END IF;
    -- One more than the last: its latter half as a number. The variant's bits keep that from overflowing.
    digits := replace(p_last::text, '-', '');
    RETURN left(digits, 16) || lpad(to_hex(('x' || right(digits, 16))::bit(64)::bigint + 1), 16, '0');
END
$$;

CREATE FUNCTION public.ledger_one_more(p_workspace uuid) RETURNS uuid
    LANGUAGE sql
    AS $$
    UPDATE billing_wallet SET last_transfer = ledger_next(p_workspace, last_transfer) WHERE workspace_id = p_workspace
    RETURNING last_transfer
$$;

CREATE FUNCTION public.ledger_period(p_period text, p_at timestamp with time zone) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN p_period = 'total' THEN 'epoch' ELSE date_trunc(p_period, p_at, 'UTC') END
$$;

CREATE FUNCTION public.ledger_receive(p_workspace uuid, p_kind text, p_source text, p_credits bigint, p_key text, p_reference text, p_reason text, p_hold uuid, p_actor uuid, p_token uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    left_available bigint;
    paid bigint;
    the_id uuid;
BEGIN
    UPDATE billing_wallet
    SET available = available + p_credits - least(available + p_credits, debt),
        debt = debt - least(available + p_credits, debt),
        held = held - CASE WHEN p_source = 'held' THEN p_credits ELSE 0 END,
        last_transfer = ledger_next(p_workspace, last_transfer)
    WHERE workspace_id = p_workspace
    RETURNING new.available, old.debt - new.debt, new.last_transfer INTO left_available, paid, the_id;
    PERFORM ledger_record(the_id, p_workspace, p_kind, p_source, 'available', p_credits, p_key, p_reference, p_reason,
                          p_hold, p_actor, p_token, left_available + paid);
    IF paid > 0 THEN
        PERFORM ledger_record(ledger_one_more(p_workspace), p_workspace, 'settle', 'available', 'debt', paid,
                              p_key || ':settle', p_reference, '', NULL, p_actor, NULL, left_available);
    END IF;
END
$$;

CREATE FUNCTION public.ledger_record(p_id uuid, p_workspace uuid, p_kind text, p_source text, p_target text, p_credits bigint, p_key text, p_reference text, p_reason text, p_hold uuid, p_actor uuid, p_token uuid, p_available_after bigint) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id,
                                  actor_id, token_id, available_after, created_at)
    VALUES (p_id, p_workspace, p_kind, p_source, p_target, p_credits, p_key, p_reference, p_reason, p_hold,
            p_actor, p_token, p_available_after, clock_timestamp())
$$;

CREATE FUNCTION public.ledger_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on % is refused. Correct it with a new transfer.',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE FUNCTION public.ledger_release(p_hold_reference text, p_credits bigint, p_key text, p_about text, p_reason text, OUT r_outcome text, OUT r_released bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    the_hold billing_hold;
BEGIN
    SELECT * INTO the_hold FROM billing_hold WHERE reference = p_hold_reference;
    IF NOT FOUND THEN
        r_outcome := 'unknown';
        RETURN;
    END IF;
    PERFORM ledger_wallet(the_hold.workspace_id);
    r_outcome := ledger_seen(the_hold.workspace_id, 'release', 'held', 'available', p_credits, p_key, p_about);
    IF r_outcome <> 'new' THEN
        SELECT amount INTO r_released FROM billing_transfer WHERE key = p_key;
        RETURN;
    END IF;
    SELECT * INTO the_hold FROM billing_hold WHERE id = the_hold.id FOR NO KEY UPDATE;
    r_released := coalesce(p_credits, the_hold.amount - the_hold.captured - the_hold.released);
    IF r_released > the_hold.amount - the_hold.captured - the_hold.released THEN
        r_outcome := 'exhausted';
        r_released := 0;
        RETURN;
    END IF;
    r_outcome := 'done';
    IF r_released > 0 THEN
        UPDATE billing_hold
        SET released = released + r_released,
            ended_at = CASE WHEN amount = captured + released + r_released THEN clock_timestamp() END
        WHERE id = the_hold.id;
        UPDATE accounts_apitoken SET credits_committed = credits_committed - r_released
        WHERE id = the_hold.token_id;
        IF ledger_is_spending(p_hold_reference) THEN
            PERFORM ledger_release_caps(the_hold.workspace_id, the_hold.actor_id, the_hold.token_id, r_released,
                                        the_hold.created_at);
        END IF;
        PERFORM ledger_receive(the_hold.workspace_id, 'release', 'held', r_released, p_key, p_about, p_reason,
                               the_hold.id, the_hold.actor_id, the_hold.token_id);
    END IF;
END
$$;

CREATE FUNCTION public.ledger_release_caps(p_workspace uuid, p_actor uuid, p_token uuid, p_credits bigint, p_held_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM FROM billing_cap WHERE workspace_id = p_workspace LIMIT 1;
    IF FOUND THEN
        UPDATE billing_cap SET committed = committed - p_credits
        WHERE workspace_id = p_workspace AND since <= p_held_at
            AND subject = ANY (ledger_cap_subjects(p_workspace, p_actor, p_token));
    END IF;
END
$$;

CREATE FUNCTION public.ledger_restore(p_workspace uuid, p_reversal_key text, p_reason text, p_actor uuid, OUT r_outcome text, OUT r_restored bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    reversal record;
BEGIN
    PERFORM ledger_wallet(p_workspace);
    SELECT sum(amount) AS credits, min(target) AS target, min(reference) AS reference INTO reversal
    FROM billing_transfer
    WHERE key IN (p_reversal_key, p_reversal_key || ':debt') AND workspace_id = p_workspace AND kind = 'reverse';
    IF reversal.credits IS NULL THEN
        r_outcome := 'unknown';
        RETURN;
    END IF;
    r_restored := reversal.credits;
    r_outcome := ledger_seen(p_workspace, 'restore', reversal.target, 'available', reversal.credits,
                             'restore:' || p_reversal_key, reversal.reference);
    IF r_outcome = 'new' THEN
        PERFORM ledger_receive(p_workspace, 'restore', reversal.target, reversal.credits,
                               'restore:' || p_reversal_key, reversal.reference, p_reason, NULL, p_actor, NULL);
        r_outcome := 'done';
    END IF;
END
$$;

CREATE FUNCTION public.ledger_reverse(p_workspace uuid, p_credits bigint, p_target text, p_key text, p_reference text, p_reason text, p_actor uuid, OUT r_outcome text, OUT r_taken bigint, OUT r_debt bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
    is_same boolean;
BEGIN
    wallet := ledger_wallet(p_workspace);
    SELECT coalesce(sum(amount) FILTER (WHERE source = 'available'), 0),
           coalesce(sum(amount) FILTER (WHERE source = 'debt'), 0),
           bool_and(workspace_id = p_workspace AND kind = 'reverse' AND target = p_target
                    AND reference = p_reference)
    INTO r_taken, r_debt, is_same
    FROM billing_transfer WHERE key IN (p_key, p_key || ':debt');
    IF is_same IS NOT NULL THEN
        r_outcome := CASE WHEN is_same AND r_taken + r_debt = p_credits THEN 'again' ELSE 'conflict' END;
        RETURN;
    END IF;
    r_taken := least(wallet.available, p_credits);
    r_debt := p_credits - r_taken;
    UPDATE billing_wallet SET available = available - r_taken, debt = debt + r_debt
    WHERE workspace_id = p_workspace;
    IF r_taken > 0 THEN
        PERFORM ledger_record(ledger_one_more(p_workspace), p_workspace, 'reverse', 'available', p_target, r_taken,
                              p_key, p_reference, p_reason, NULL, p_actor, NULL, wallet.available - r_taken);
    END IF;
    IF r_debt > 0 THEN
        PERFORM ledger_record(ledger_one_more(p_workspace), p_workspace, 'reverse', 'debt', p_target, r_debt,
                              p_key || ':debt', p_reference, p_reason, NULL, p_actor, NULL,
                              wallet.available - r_taken);
    END IF;
    r_outcome := 'done';
END
$$;

CREATE FUNCTION public.ledger_same_workspace() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    whose uuid;
BEGIN
    SELECT workspace_id INTO whose FROM billing_hold WHERE id = NEW.hold_id;
    IF whose IS DISTINCT FROM NEW.workspace_id THEN
        RAISE EXCEPTION 'The hold % is not of workspace %.', NEW.hold_id, NEW.workspace_id
            USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION public.ledger_seen(p_workspace uuid, p_kind text, p_source text, p_target text, p_credits bigint, p_key text, p_reference text) RETURNS text
    LANGUAGE plpgsql
    AS $$
DECLARE
    seen billing_transfer;
BEGIN
    SELECT * INTO seen FROM billing_transfer WHERE key = p_key;
    IF NOT FOUND THEN
        RETURN 'new';
    ELSIF seen.workspace_id = p_workspace AND seen.kind = p_kind AND seen.source = p_source
        AND seen.target = p_target AND seen.reference = p_reference
        AND (p_credits IS NULL OR seen.amount = p_credits)
    THEN
        RETURN 'again';
    END IF;
    RETURN 'conflict';
END
$$;

CREATE FUNCTION public.ledger_set_cap(p_workspace uuid, p_kind text, p_subject uuid, p_period text, p_credits bigint, p_at timestamp with time zone) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    the_start timestamptz;
    before bigint;
BEGIN
    PERFORM ledger_wallet(p_workspace);
    IF p_credits IS NULL THEN
        DELETE FROM billing_cap
        WHERE workspace_id = p_workspace AND kind = p_kind AND subject = p_subject AND period = p_period;
        RETURN;
    END IF;
    UPDATE billing_cap SET credits = p_credits, told = CASE WHEN p_credits > credits THEN 0 ELSE told END
    WHERE workspace_id = p_workspace AND kind = p_kind AND subject = p_subject AND period = p_period;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT ledger_period(p_period, greatest(p_at, max(h.created_at))) INTO the_start
    FROM billing_transfer AS t JOIN billing_hold AS h ON h.id = t.hold_id
    WHERE t.workspace_id = p_workspace AND t.kind = 'hold' AND t.id >= ledger_first_id(p_at)
        AND ledger_is_spending(h.reference);
    -- Neither a token nor one that it made has spent anything before there was one.
    SELECT coalesce(sum(h.amount - h.released), 0) INTO before
    FROM billing_transfer AS t JOIN billing_hold AS h ON h.id = t.hold_id
    WHERE t.workspace_id = p_workspace AND t.kind = 'hold' AND h.created_at >= the_start AND ledger_is_spending(h.reference)
        AND t.id >= ledger_first_id(greatest(the_start, (SELECT created_at FROM accounts_apitoken WHERE id = p_subject)))
        AND (p_kind = 'workspace' OR p_subject = ANY (ledger_cap_subjects(p_workspace, h.actor_id, h.token_id)));
    INSERT INTO billing_cap (id, workspace_id, kind, subject, period, credits, committed, since, told)
    VALUES (uuidv7(), p_workspace, p_kind, p_subject, p_period, p_credits, before, the_start, 0);
END
$$;

CREATE FUNCTION public.ledger_spending_forbidden(p_workspace uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT CASE WHEN coalesce(own.suspended_at, above.suspended_at, top.suspended_at) IS NOT NULL THEN 'suspended'
                WHEN coalesce(own.spending_locked_at, above.spending_locked_at, top.spending_locked_at) IS NOT NULL
                THEN 'locked'
                WHEN EXISTS (SELECT FROM billing_wallet WHERE workspace_id = own.parent_id AND debt > 0)
                THEN 'partner_in_debt' END
    FROM accounts_workspace AS own
    LEFT JOIN accounts_workspace AS above ON above.id = coalesce(own.live_id, own.parent_id)
    LEFT JOIN accounts_workspace AS top ON top.id = above.live_id
    WHERE own.id = p_workspace
$$;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.billing_wallet (
    workspace_id uuid NOT NULL,
    available bigint DEFAULT 0 NOT NULL,
    held bigint DEFAULT 0 NOT NULL,
    debt bigint DEFAULT 0 NOT NULL,
    last_transfer uuid,
    CONSTRAINT wallet_available_not_negative CHECK ((available >= 0)),
    CONSTRAINT wallet_debt_not_negative CHECK ((debt >= 0)),
    CONSTRAINT wallet_debt_paid_first CHECK (((available = 0) OR (debt = 0))),
    CONSTRAINT wallet_held_not_negative CHECK ((held >= 0))
)
WITH (fillfactor='50', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000');

CREATE FUNCTION public.ledger_wallet(p_workspace uuid) RETURNS public.billing_wallet
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
BEGIN
    SELECT * INTO wallet FROM billing_wallet WHERE workspace_id = p_workspace FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        INSERT INTO billing_wallet (workspace_id, available, held, debt) VALUES (p_workspace, 0, 0, 0)
        ON CONFLICT (workspace_id) DO NOTHING;
        SELECT * INTO wallet FROM billing_wallet WHERE workspace_id = p_workspace FOR NO KEY UPDATE;
    END IF;
    RETURN wallet;
END
$$;

CREATE FUNCTION public.ledger_write_off(p_workspace uuid, p_credits bigint, p_key text, p_reference text, p_reason text, p_actor uuid, OUT r_outcome text, OUT r_debt bigint) RETURNS record
    LANGUAGE plpgsql
    AS $$
DECLARE
    wallet billing_wallet;
BEGIN
    wallet := ledger_wallet(p_workspace);
    r_debt := wallet.debt;
    r_outcome := ledger_seen(p_workspace, 'write_off', 'written_off', 'debt', p_credits, p_key, p_reference);
    IF r_outcome <> 'new' THEN
        RETURN;
    ELSIF wallet.debt < p_credits THEN
        r_outcome := 'insufficient';
        RETURN;
    END IF;
    UPDATE billing_wallet SET debt = debt - p_credits, last_transfer = ledger_next(p_workspace, last_transfer)
    WHERE workspace_id = p_workspace
    RETURNING * INTO wallet;
    r_debt := wallet.debt;
    PERFORM ledger_record(wallet.last_transfer, p_workspace, 'write_off', 'written_off', 'debt', p_credits, p_key,
                          p_reference, p_reason, NULL, p_actor, NULL, wallet.available);
    r_outcome := 'done';
END
$$;

CREATE FUNCTION public.procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_jobs_v1(jobs public.procrastinate_job_to_defer_v1[]) RETURNS bigint[]
    LANGUAGE plpgsql
    AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION public.procrastinate_defer_periodic_job_v2(_queue_name character varying, _lock character varying, _queueing_lock character varying, _task_name character varying, _priority integer, _periodic_id character varying, _defer_timestamp bigint, _args jsonb) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE TABLE public.procrastinate_jobs (
    id bigint NOT NULL,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    lock text,
    args jsonb DEFAULT '{}'::jsonb NOT NULL,
    status public.procrastinate_job_status DEFAULT 'todo'::public.procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    queueing_lock text,
    priority integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint,
    CONSTRAINT check_not_todo_abort_requested CHECK ((NOT ((status = 'todo'::public.procrastinate_job_status) AND (abort_requested = true))))
)
WITH (fillfactor='80', autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='1000', autovacuum_analyze_scale_factor='0', autovacuum_analyze_threshold='2000');

CREATE FUNCTION public.procrastinate_fetch_job_v2(target_queue_names character varying[], p_worker_id bigint) RETURNS public.procrastinate_jobs
    LANGUAGE plpgsql
    AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION public.procrastinate_finish_job_v1(job_id bigint, end_status public.procrastinate_job_status, delete_job boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_abort_job_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_notify_queue_job_inserted_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat double precision) RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_register_worker_v1() RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
    AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v1(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION public.procrastinate_retry_job_v2(job_id bigint, retry_at timestamp with time zone, new_priority integer, new_queue_name character varying, new_lock character varying) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_trigger_function_status_events_update_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION public.procrastinate_unlink_periodic_defers_v1() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION public.procrastinate_unregister_worker_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION public.procrastinate_update_heartbeat_v1(worker_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id uuid NOT NULL
);

ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);

ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_addresschange (
    id uuid NOT NULL,
    old_email character varying(254) NOT NULL,
    new_email character varying(254) NOT NULL,
    made_by character varying(120) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    proved_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    user_id uuid NOT NULL
);

CREATE TABLE public.accounts_apitoken (
    id uuid NOT NULL,
    name character varying(60) NOT NULL,
    prefix character varying(20) NOT NULL,
    digest bytea NOT NULL,
    scopes character varying(30)[] NOT NULL,
    is_test boolean NOT NULL,
    allowed_networks character varying(45)[] NOT NULL,
    credit_cap bigint,
    credits_committed bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid NOT NULL,
    makers uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    previous_digest bytea,
    previous_until timestamp with time zone,
    CONSTRAINT accounts_apitoken_credit_cap_check CHECK ((credit_cap >= 0)),
    CONSTRAINT accounts_apitoken_credits_committed_check CHECK ((credits_committed >= 0))
);

CREATE TABLE public.accounts_auditevent (
    id uuid NOT NULL,
    action character varying(60) NOT NULL,
    target character varying(80) NOT NULL,
    detail jsonb NOT NULL,
    address inet,
    created_at timestamp with time zone NOT NULL,
    actor_id uuid,
    workspace_id uuid
);

CREATE TABLE public.accounts_client (
    workspace_id uuid NOT NULL,
    external_id character varying(120) NOT NULL,
    monthly_allowance bigint NOT NULL,
    filled_month date,
    short_month date,
    closed_at timestamp with time zone,
    partner_id uuid NOT NULL,
    CONSTRAINT accounts_client_monthly_allowance_check CHECK ((monthly_allowance >= 0))
);

CREATE TABLE public.accounts_invitation (
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(10) NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    accepted_at timestamp with time zone,
    invited_by_id uuid NOT NULL,
    workspace_id uuid NOT NULL
);

CREATE TABLE public.accounts_membership (
    id uuid NOT NULL,
    role character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    entered_at timestamp with time zone,
    CONSTRAINT membership_role_known CHECK (((role)::text = ANY (ARRAY[('owner'::character varying)::text, ('admin'::character varying)::text, ('member'::character varying)::text, ('viewer'::character varying)::text])))
);

CREATE TABLE public.accounts_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    id uuid NOT NULL,
    email character varying(254) NOT NULL,
    name character varying(100) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    verified_at timestamp with time zone,
    CONSTRAINT user_email_lower_case CHECK (((email)::text = lower((email)::text)))
);

CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_workspace (
    id uuid NOT NULL,
    name character varying(80) NOT NULL,
    slug character varying(60) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    suspended_at timestamp with time zone,
    mode character varying(4) DEFAULT 'live'::character varying NOT NULL,
    live_id uuid,
    parent_id uuid,
    spending_locked_at timestamp with time zone,
    CONSTRAINT workspace_mode_known CHECK (((mode)::text = ANY (ARRAY[('live'::character varying)::text, ('test'::character varying)::text]))),
    CONSTRAINT workspace_test_world CHECK ((((live_id IS NULL) AND ((mode)::text = 'live'::text)) OR ((live_id IS NOT NULL) AND ((mode)::text = 'test'::text) AND (parent_id IS NULL)) OR ((live_id IS NULL) AND ((mode)::text = 'test'::text) AND (parent_id IS NOT NULL))))
);

CREATE TABLE public.api_call (
    id bigint NOT NULL,
    fingerprint bytea NOT NULL,
    repeats smallint NOT NULL,
    answered_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    token_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    joins smallint DEFAULT 0 NOT NULL,
    lost_at timestamp with time zone,
    process uuid,
    CONSTRAINT api_call_joins_check CHECK ((joins >= 0)),
    CONSTRAINT api_call_repeats_check CHECK ((repeats >= 0))
);

ALTER TABLE public.api_call ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_deliverytry (
    id bigint NOT NULL,
    number smallint NOT NULL,
    began_at timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL,
    status_code smallint,
    error character varying(200) NOT NULL,
    sent text NOT NULL,
    answer text NOT NULL,
    delivery_id uuid NOT NULL,
    CONSTRAINT api_deliverytry_duration_ms_check CHECK ((duration_ms >= 0)),
    CONSTRAINT api_deliverytry_number_check CHECK ((number >= 0)),
    CONSTRAINT api_deliverytry_status_code_check CHECK ((status_code >= 0))
);

ALTER TABLE public.api_deliverytry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_deliverytry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_eventstream (
    workspace_id uuid NOT NULL,
    last bigint DEFAULT 0 NOT NULL,
    CONSTRAINT api_eventstream_last_check CHECK ((last >= 0))
);

CREATE TABLE public.api_idempotencykey (
    id bigint NOT NULL,
    key character varying(255) NOT NULL,
    fingerprint bytea NOT NULL,
    locked_until timestamp with time zone NOT NULL,
    status smallint,
    body jsonb,
    created_at timestamp with time zone NOT NULL,
    workspace_id uuid NOT NULL,
    is_test boolean DEFAULT false NOT NULL,
    CONSTRAINT api_idempotencykey_status_check CHECK ((status >= 0))
);

ALTER TABLE public.api_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_orderaddress (
    subject uuid NOT NULL,
    url character varying(2000) NOT NULL,
    workspace_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.api_quotedorder (
    id uuid NOT NULL,
    "order" jsonb NOT NULL,
    model character varying(60) NOT NULL,
    quote jsonb NOT NULL,
    credits integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    created_by_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL,
    CONSTRAINT api_quotedorder_credits_check CHECK ((credits >= 0))
);

CREATE UNLOGGED TABLE public.api_rate (
    subject uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    used bigint DEFAULT 0 NOT NULL,
    reads bigint DEFAULT 0 NOT NULL,
    CONSTRAINT api_rate_reads_check CHECK ((reads >= 0)),
    CONSTRAINT api_rate_used_check CHECK ((used >= 0))
);

CREATE TABLE public.api_webhookdelivery (
    id uuid NOT NULL,
    status character varying(10) NOT NULL,
    tries smallint NOT NULL,
    first_try smallint NOT NULL,
    next_at timestamp with time zone,
    leased_until timestamp with time zone,
    ended_at timestamp with time zone,
    workspace_id uuid NOT NULL,
    endpoint_id uuid NOT NULL,
    event_id uuid NOT NULL,
    ends_at timestamp with time zone,
    url character varying(2000) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT api_webhookdelivery_first_try_check CHECK ((first_try >= 0)),
    CONSTRAINT api_webhookdelivery_tries_check CHECK ((tries >= 0)),
    CONSTRAINT delivery_due_while_pending CHECK (((((status)::text = 'pending'::text) OR (next_at IS NULL)) AND (1 = (
CASE
    WHEN ((status)::text = 'pending'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (next_at IS NULL) THEN 1
    ELSE 0
END)))),
    CONSTRAINT delivery_status_known CHECK (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('delivered'::character varying)::text, ('failed'::character varying)::text])))
);

CREATE TABLE public.api_webhookendpoint (
    id uuid NOT NULL,
    is_test boolean NOT NULL,
    url character varying(2000) NOT NULL,
    types character varying(40)[] NOT NULL,
    description character varying(120) NOT NULL,
    status character varying(10) NOT NULL,
    disabled_reason character varying(10) NOT NULL,
    secret bytea NOT NULL,
    former_secret bytea,
    former_until timestamp with time zone,
    request_key character varying(80),
    failing_since timestamp with time zone,
    warned_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid NOT NULL,
    for_orders boolean DEFAULT false NOT NULL,
    CONSTRAINT endpoint_disabled_for_a_reason CHECK (((((status)::text = 'enabled'::text) OR (NOT ((disabled_reason)::text = ''::text))) AND (1 = (
CASE
    WHEN ((status)::text = 'enabled'::text) THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((disabled_reason)::text = ''::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT endpoint_status_known CHECK (((status)::text = ANY (ARRAY[('enabled'::character varying)::text, ('disabled'::character varying)::text])))
);

CREATE TABLE public.api_webhookevent (
    id uuid NOT NULL,
    sequence bigint NOT NULL,
    type character varying(40) NOT NULL,
    is_test boolean NOT NULL,
    subject uuid NOT NULL,
    facts jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT api_webhookevent_sequence_check CHECK ((sequence >= 0))
);

CREATE TABLE public.api_workspacesecret (
    id bigint NOT NULL,
    secret bytea NOT NULL,
    former_secret bytea,
    former_until timestamp with time zone,
    is_test boolean NOT NULL,
    workspace_id uuid NOT NULL
);

ALTER TABLE public.api_workspacesecret ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_workspacesecret_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.billing_autotopup (
    workspace_id uuid NOT NULL,
    is_on boolean NOT NULL,
    threshold integer NOT NULL,
    per_day smallint NOT NULL,
    payment_method character varying(120) NOT NULL,
    card character varying(60) NOT NULL,
    setup_session character varying(120) NOT NULL,
    consented_at timestamp with time zone,
    paused_at timestamp with time zone,
    paused_because character varying(200) NOT NULL,
    busy_until timestamp with time zone,
    consented_by_id uuid,
    pack_id character varying(30) NOT NULL,
    agreed_amount integer,
    agreed_credits integer,
    paused_kind character varying(20) DEFAULT 'declined'::character varying NOT NULL,
    resumed_at timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    CONSTRAINT billing_autotopup_agreed_amount_check CHECK ((agreed_amount >= 0)),
    CONSTRAINT billing_autotopup_agreed_credits_check CHECK ((agreed_credits >= 0)),
    CONSTRAINT billing_autotopup_per_day_check CHECK ((per_day >= 0)),
    CONSTRAINT billing_autotopup_threshold_check CHECK ((threshold >= 0)),
    CONSTRAINT billing_autotopup_tries_check CHECK ((tries >= 0)),
    CONSTRAINT top_up_few_a_day CHECK (((per_day >= 1) AND (per_day <= 5))),
    CONSTRAINT top_up_needs_card_and_consent CHECK (((NOT is_on) OR ((NOT ((payment_method)::text = ''::text)) AND (consented_at IS NOT NULL))))
);

CREATE TABLE public.billing_balancealert (
    workspace_id uuid NOT NULL,
    threshold integer NOT NULL,
    told_at timestamp with time zone,
    shown_below integer DEFAULT 20 NOT NULL,
    CONSTRAINT billing_balancealert_shown_below_check CHECK ((shown_below >= 0)),
    CONSTRAINT billing_balancealert_threshold_check CHECK ((threshold >= 0))
);

CREATE TABLE public.billing_cap (
    id uuid NOT NULL,
    kind character varying(9) NOT NULL,
    subject uuid NOT NULL,
    period character varying(5) NOT NULL,
    credits bigint NOT NULL,
    committed bigint NOT NULL,
    since timestamp with time zone NOT NULL,
    told smallint DEFAULT 0 NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT billing_cap_credits_check CHECK ((credits >= 0)),
    CONSTRAINT billing_cap_told_check CHECK ((told >= 0)),
    CONSTRAINT cap_committed_not_negative CHECK ((committed >= 0)),
    CONSTRAINT cap_kind_known CHECK (((kind)::text = ANY (ARRAY[('member'::character varying)::text, ('token'::character varying)::text, ('workspace'::character varying)::text]))),
    CONSTRAINT cap_period_known CHECK (((period)::text = ANY (ARRAY[('day'::character varying)::text, ('month'::character varying)::text, ('total'::character varying)::text, ('week'::character varying)::text])))
);

CREATE TABLE public.billing_checkoutpause (
    id uuid NOT NULL,
    declines smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    until timestamp with time zone NOT NULL,
    lifted_at timestamp with time zone,
    lifted_by_id uuid,
    workspace_id uuid NOT NULL,
    CONSTRAINT billing_checkoutpause_declines_check CHECK ((declines >= 0))
);

CREATE TABLE public.billing_closedday (
    day date NOT NULL,
    sold bigint NOT NULL,
    granted bigint NOT NULL,
    used bigint NOT NULL,
    refunded bigint NOT NULL,
    disputed bigint NOT NULL,
    adjusted bigint NOT NULL,
    written_off bigint NOT NULL,
    outstanding bigint NOT NULL,
    debt bigint NOT NULL,
    by_images numeric(40,20) NOT NULL,
    otherwise numeric(40,20) NOT NULL,
    liability numeric(40,20) NOT NULL
);

CREATE TABLE public.billing_creditpack (
    slug character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    summary character varying(120) NOT NULL,
    credits integer NOT NULL,
    amount integer NOT NULL,
    "position" smallint NOT NULL,
    is_active boolean NOT NULL,
    CONSTRAINT billing_creditpack_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_creditpack_credits_check CHECK ((credits >= 0)),
    CONSTRAINT billing_creditpack_position_check CHECK (("position" >= 0)),
    CONSTRAINT pack_not_empty CHECK (((amount > 0) AND (credits > 0)))
);

CREATE TABLE public.billing_creditpolicy (
    id smallint NOT NULL,
    alone_up_to integer NOT NULL,
    CONSTRAINT billing_creditpolicy_alone_up_to_check CHECK ((alone_up_to >= 0)),
    CONSTRAINT billing_creditpolicy_id_check CHECK ((id >= 0)),
    CONSTRAINT credit_policy_one_row CHECK ((id = 1))
);

CREATE TABLE public.billing_creditrequest (
    id uuid NOT NULL,
    request_key character varying(80) NOT NULL,
    reason character varying(200) NOT NULL,
    status character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    answer character varying(200) NOT NULL,
    credits integer NOT NULL,
    asked_by_id uuid NOT NULL,
    decided_by_id uuid,
    workspace_id uuid NOT NULL,
    purpose character varying(10) DEFAULT 'adjust'::character varying NOT NULL,
    CONSTRAINT credit_request_by_another CHECK (((NOT ((status)::text = ANY (ARRAY[('approved'::character varying)::text, ('declined'::character varying)::text]))) OR ((decided_by_id IS NOT NULL) AND (NOT ((decided_by_id = asked_by_id) AND (decided_by_id IS NOT NULL)))))),
    CONSTRAINT credit_request_not_zero CHECK ((NOT (credits = 0))),
    CONSTRAINT credit_request_status_known CHECK (((status)::text = ANY (ARRAY[('approved'::character varying)::text, ('declined'::character varying)::text, ('waiting'::character varying)::text, ('withdrawn'::character varying)::text]))),
    CONSTRAINT credit_request_writes_off_debt CHECK (((NOT ((purpose)::text = 'write_off'::text)) OR (credits > 0)))
);

CREATE TABLE public.billing_customer (
    workspace_id uuid NOT NULL,
    stripe_id character varying(120) NOT NULL
);

CREATE TABLE public.billing_dailyuse (
    id bigint NOT NULL,
    day date NOT NULL,
    used bigint NOT NULL,
    workspace_id uuid NOT NULL
);

ALTER TABLE public.billing_dailyuse ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_dailyuse_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.billing_decline (
    id character varying(120) NOT NULL,
    reason character varying(60) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    workspace_id uuid NOT NULL,
    page_id uuid NOT NULL
);

CREATE TABLE public.billing_dispute (
    id uuid NOT NULL,
    stripe_id character varying(120) NOT NULL,
    payment_intent character varying(120) NOT NULL,
    charge character varying(120) NOT NULL,
    amount integer NOT NULL,
    reason character varying(60) NOT NULL,
    status character varying(30) NOT NULL,
    due_by timestamp with time zone,
    frozen integer NOT NULL,
    credits integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    purchase_id uuid,
    evidence jsonb NOT NULL,
    evidence_sent_at timestamp with time zone,
    evidence_sent_by_id uuid,
    submissions smallint NOT NULL,
    fee integer,
    as_of timestamp with time zone,
    freezes smallint DEFAULT 0 NOT NULL,
    gone integer DEFAULT 0 NOT NULL,
    is_frozen boolean DEFAULT false NOT NULL,
    is_refundable boolean DEFAULT false NOT NULL,
    lines smallint DEFAULT 0 NOT NULL,
    withdrawn integer,
    currency character varying(3) DEFAULT ''::character varying NOT NULL,
    enhanced jsonb DEFAULT '{}'::jsonb NOT NULL,
    enhanced_evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    takes_answer boolean DEFAULT true NOT NULL,
    CONSTRAINT billing_dispute_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_dispute_credits_check CHECK ((credits >= 0)),
    CONSTRAINT billing_dispute_freezes_check CHECK ((freezes >= 0)),
    CONSTRAINT billing_dispute_frozen_check CHECK ((frozen >= 0)),
    CONSTRAINT billing_dispute_gone_check CHECK ((gone >= 0)),
    CONSTRAINT billing_dispute_lines_check CHECK ((lines >= 0)),
    CONSTRAINT billing_dispute_submissions_check CHECK ((submissions >= 0))
);

CREATE TABLE public.billing_fraudwarning (
    id uuid NOT NULL,
    stripe_id character varying(120) NOT NULL,
    payment_intent character varying(120) NOT NULL,
    charge character varying(120) NOT NULL,
    kind character varying(60) NOT NULL,
    is_actionable boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    purchase_id uuid
);

CREATE TABLE public.billing_hold (
    id uuid NOT NULL,
    reference character varying(80) NOT NULL,
    amount integer NOT NULL,
    captured integer DEFAULT 0 NOT NULL,
    released integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    actor_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL,
    CONSTRAINT billing_hold_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_hold_captured_check CHECK ((captured >= 0)),
    CONSTRAINT billing_hold_released_check CHECK ((released >= 0)),
    CONSTRAINT hold_ends_when_empty CHECK ((((amount > (captured + released)) AND (ended_at IS NULL)) OR ((amount = (captured + released)) AND (ended_at IS NOT NULL)))),
    CONSTRAINT hold_not_overdrawn CHECK ((amount >= (captured + released))),
    CONSTRAINT hold_positive CHECK ((amount > 0))
);

CREATE TABLE public.billing_horizon (
    day date NOT NULL,
    transaction bigint NOT NULL
);

CREATE TABLE public.billing_packoffer (
    id bigint NOT NULL,
    amount integer NOT NULL,
    pack_id character varying(30) NOT NULL,
    tier_id character varying(30) NOT NULL,
    CONSTRAINT billing_packoffer_amount_check CHECK ((amount >= 0))
);

ALTER TABLE public.billing_packoffer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_packoffer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.billing_paymentpage (
    id uuid NOT NULL,
    network character varying(50) NOT NULL,
    session character varying(120),
    done_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    purchase_id uuid,
    user_id uuid,
    workspace_id uuid NOT NULL
);

CREATE TABLE public.billing_pricingtier (
    slug character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    is_default boolean NOT NULL,
    requests_per_minute integer DEFAULT 60 NOT NULL,
    images_in_flight integer NOT NULL,
    images_per_request smallint NOT NULL,
    retention_days integer,
    reads_per_minute integer DEFAULT 600 NOT NULL,
    writes_per_minute integer DEFAULT 120 NOT NULL,
    workspace_reads_per_minute integer DEFAULT 6000 NOT NULL,
    workspace_writes_per_minute integer DEFAULT 1200 NOT NULL,
    test_images_per_day integer DEFAULT 500 NOT NULL,
    CONSTRAINT billing_pricingtier_images_in_flight_check CHECK ((images_in_flight >= 0)),
    CONSTRAINT billing_pricingtier_images_per_request_check CHECK ((images_per_request >= 0)),
    CONSTRAINT billing_pricingtier_reads_per_minute_check CHECK ((reads_per_minute >= 0)),
    CONSTRAINT billing_pricingtier_requests_per_minute_check CHECK ((requests_per_minute >= 0)),
    CONSTRAINT billing_pricingtier_retention_days_check CHECK ((retention_days >= 0)),
    CONSTRAINT billing_pricingtier_test_images_per_day_check CHECK ((test_images_per_day >= 0)),
    CONSTRAINT billing_pricingtier_workspace_reads_per_minute_check CHECK ((workspace_reads_per_minute >= 0)),
    CONSTRAINT billing_pricingtier_workspace_writes_per_minute_check CHECK ((workspace_writes_per_minute >= 0)),
    CONSTRAINT billing_pricingtier_writes_per_minute_check CHECK ((writes_per_minute >= 0))
);

CREATE TABLE public.billing_provenpoint (
    id smallint NOT NULL,
    first uuid NOT NULL,
    given bigint NOT NULL,
    changes bigint NOT NULL,
    proven_at timestamp with time zone NOT NULL,
    CONSTRAINT proven_point_is_one CHECK ((id = 1))
);

CREATE TABLE public.billing_proventoken (
    token_id uuid NOT NULL,
    committed bigint NOT NULL
);

CREATE TABLE public.billing_provenwallet (
    workspace_id uuid NOT NULL,
    available bigint NOT NULL,
    held bigint NOT NULL,
    debt bigint NOT NULL
);

CREATE TABLE public.billing_purchase (
    id uuid NOT NULL,
    request_key character varying(255),
    pack_slug character varying(30) NOT NULL,
    pack_name character varying(40) NOT NULL,
    quantity smallint NOT NULL,
    credits integer NOT NULL,
    amount integer NOT NULL,
    currency character varying(3) NOT NULL,
    status character varying(10) NOT NULL,
    review_reason character varying(200) NOT NULL,
    checkout_session character varying(120),
    checkout_url text NOT NULL,
    payment_intent character varying(120),
    charge character varying(120),
    receipt_url text NOT NULL,
    invoice_url text NOT NULL,
    livemode boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    paid_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid NOT NULL,
    card character varying(60) NOT NULL,
    invoice_number character varying(60) NOT NULL,
    tax integer NOT NULL,
    is_automatic boolean NOT NULL,
    receipt_sent_at timestamp with time zone,
    address inet,
    fee integer,
    charge_key character varying(80) DEFAULT ''::character varying NOT NULL,
    saved_card character varying(120) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT billing_purchase_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_purchase_credits_check CHECK ((credits >= 0)),
    CONSTRAINT billing_purchase_quantity_check CHECK ((quantity >= 0)),
    CONSTRAINT billing_purchase_tax_check CHECK ((tax >= 0)),
    CONSTRAINT purchase_not_empty CHECK (((amount > 0) AND (credits > 0))),
    CONSTRAINT purchase_paid_has_a_time CHECK (((NOT ((status)::text = 'paid'::text)) OR (paid_at IS NOT NULL))),
    CONSTRAINT purchase_status_known CHECK (((status)::text = ANY (ARRAY[('expired'::character varying)::text, ('failed'::character varying)::text, ('paid'::character varying)::text, ('pending'::character varying)::text, ('processing'::character varying)::text, ('review'::character varying)::text])))
);

CREATE TABLE public.billing_reconciliation (
    id uuid NOT NULL,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    differences jsonb NOT NULL,
    counts jsonb NOT NULL,
    since timestamp with time zone,
    number integer DEFAULT 0 NOT NULL,
    CONSTRAINT billing_reconciliation_number_check CHECK ((number >= 0))
);

CREATE TABLE public.billing_refund (
    id uuid NOT NULL,
    payment_intent character varying(120) NOT NULL,
    stripe_id character varying(120),
    amount integer NOT NULL,
    credits integer NOT NULL,
    reason character varying(200) NOT NULL,
    status character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    made_by_id uuid,
    purchase_id uuid,
    request_key character varying(80),
    approved_by_id uuid,
    CONSTRAINT billing_refund_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_refund_credits_check CHECK ((credits >= 0)),
    CONSTRAINT refund_status_known CHECK (((status)::text = ANY (ARRAY[('failed'::character varying)::text, ('pending'::character varying)::text, ('succeeded'::character varying)::text])))
);

CREATE TABLE public.billing_refundpolicy (
    id smallint NOT NULL,
    alone_up_to integer NOT NULL,
    CONSTRAINT billing_refundpolicy_alone_up_to_check CHECK ((alone_up_to >= 0)),
    CONSTRAINT billing_refundpolicy_id_check CHECK ((id >= 0)),
    CONSTRAINT refund_policy_one_row CHECK ((id = 1))
);

CREATE TABLE public.billing_refundrequest (
    id uuid NOT NULL,
    request_key character varying(80) NOT NULL,
    by_credits integer,
    by_amount integer,
    amount integer NOT NULL,
    credits integer NOT NULL,
    reason character varying(200) NOT NULL,
    status character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    answer character varying(200) NOT NULL,
    asked_by_id uuid NOT NULL,
    decided_by_id uuid,
    purchase_id uuid NOT NULL,
    refund_id uuid,
    CONSTRAINT billing_refundrequest_amount_check CHECK ((amount >= 0)),
    CONSTRAINT billing_refundrequest_by_amount_check CHECK ((by_amount >= 0)),
    CONSTRAINT billing_refundrequest_by_credits_check CHECK ((by_credits >= 0)),
    CONSTRAINT billing_refundrequest_credits_check CHECK ((credits >= 0)),
    CONSTRAINT refund_request_approved_refunds CHECK ((((refund_id IS NOT NULL) AND ((status)::text = 'approved'::text)) OR ((NOT ((status)::text = 'approved'::text)) AND (refund_id IS NULL)))),
    CONSTRAINT refund_request_by_another CHECK (((NOT ((status)::text = ANY (ARRAY[('approved'::character varying)::text, ('declined'::character varying)::text]))) OR ((decided_by_id IS NOT NULL) AND (NOT ((decided_by_id = asked_by_id) AND (decided_by_id IS NOT NULL)))))),
    CONSTRAINT refund_request_status_known CHECK (((status)::text = ANY (ARRAY[('approved'::character varying)::text, ('declined'::character varying)::text, ('waiting'::character varying)::text, ('withdrawn'::character varying)::text])))
);

CREATE TABLE public.billing_stripekey (
    name character varying(200) NOT NULL,
    turn integer NOT NULL,
    renewed_at timestamp with time zone NOT NULL,
    CONSTRAINT billing_stripekey_turn_check CHECK ((turn >= 0))
);

CREATE TABLE public.billing_stripetrouble (
    kind character varying(20) NOT NULL,
    detail character varying(300) NOT NULL,
    times integer NOT NULL,
    since timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT billing_stripetrouble_times_check CHECK ((times >= 0))
);

CREATE TABLE public.billing_tierassignment (
    id bigint NOT NULL,
    effective_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    assigned_by_id uuid,
    tier_id character varying(30) NOT NULL,
    workspace_id uuid NOT NULL
);

ALTER TABLE public.billing_tierassignment ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.billing_tierassignment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.billing_transfer (
    id uuid NOT NULL,
    kind character varying(10) NOT NULL,
    source character varying(12) NOT NULL,
    target character varying(12) NOT NULL,
    amount integer NOT NULL,
    key character varying(160) NOT NULL,
    reference character varying(80) NOT NULL,
    reason character varying(200) NOT NULL,
    created_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    actor_id uuid,
    hold_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL,
    available_after bigint NOT NULL,
    CONSTRAINT billing_transfer_amount_check CHECK ((amount >= 0)),
    CONSTRAINT transfer_between_two CHECK ((NOT ((source)::text = (target)::text))),
    CONSTRAINT transfer_kind_known CHECK (((kind)::text = ANY (ARRAY[('adjust'::character varying)::text, ('capture'::character varying)::text, ('fund'::character varying)::text, ('grant'::character varying)::text, ('hold'::character varying)::text, ('purchase'::character varying)::text, ('release'::character varying)::text, ('restore'::character varying)::text, ('reverse'::character varying)::text, ('settle'::character varying)::text, ('withdraw'::character varying)::text, ('write_off'::character varying)::text]))),
    CONSTRAINT transfer_positive CHECK ((amount > 0)),
    CONSTRAINT transfer_source_known CHECK (((source)::text = ANY (ARRAY[('adjusted'::character varying)::text, ('available'::character varying)::text, ('clients'::character varying)::text, ('debt'::character varying)::text, ('disputed'::character varying)::text, ('granted'::character varying)::text, ('held'::character varying)::text, ('refunded'::character varying)::text, ('sold'::character varying)::text, ('used'::character varying)::text, ('written_off'::character varying)::text]))),
    CONSTRAINT transfer_target_known CHECK (((target)::text = ANY (ARRAY[('adjusted'::character varying)::text, ('available'::character varying)::text, ('clients'::character varying)::text, ('debt'::character varying)::text, ('disputed'::character varying)::text, ('granted'::character varying)::text, ('held'::character varying)::text, ('refunded'::character varying)::text, ('sold'::character varying)::text, ('used'::character varying)::text, ('written_off'::character varying)::text])))
);

CREATE TABLE public.billing_walletatclose (
    workspace_id uuid NOT NULL,
    "position" bigint NOT NULL,
    epoch integer NOT NULL
);

CREATE TABLE public.billing_welcomegift (
    mailbox character varying(32) NOT NULL,
    network character varying(50) NOT NULL,
    credits integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id uuid,
    device character varying(32) DEFAULT ''::character varying NOT NULL,
    site character varying(50) DEFAULT ''::character varying NOT NULL,
    CONSTRAINT billing_welcomegift_credits_check CHECK ((credits >= 0))
);

CREATE TABLE public.cache (
    cache_key character varying(255) NOT NULL,
    value text NOT NULL,
    expires timestamp with time zone NOT NULL
);

CREATE TABLE public.config_backup (
    id uuid NOT NULL,
    made_at timestamp with time zone NOT NULL,
    place character varying(500) NOT NULL,
    version character varying(100) NOT NULL,
    database_bytes bigint NOT NULL,
    objects_listed bigint NOT NULL,
    objects_bytes bigint NOT NULL,
    has_objects boolean NOT NULL,
    checked_at timestamp with time zone,
    differences jsonb NOT NULL
);

CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id uuid NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);

ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.gallery_favorite (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    image_id uuid NOT NULL,
    user_id uuid NOT NULL,
    workspace_id uuid NOT NULL
);

ALTER TABLE public.gallery_favorite ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.gallery_favorite_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.gallery_wording (
    generation_id uuid NOT NULL,
    search tsvector NOT NULL,
    words text
);

CREATE TABLE public.generation_allowance (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    made_by_id uuid,
    workspace_id uuid NOT NULL
);

CREATE TABLE public.generation_appeal (
    id uuid NOT NULL,
    sentence text NOT NULL,
    status character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    told_at timestamp with time zone,
    created_by_id uuid,
    generation_id uuid NOT NULL,
    token_id uuid,
    workspace_id uuid NOT NULL,
    CONSTRAINT appeal_status_known CHECK (((status)::text = ANY (ARRAY[('open'::character varying)::text, ('overturned'::character varying)::text, ('upheld'::character varying)::text])))
);

CREATE TABLE public.generation_appealdecision (
    id uuid NOT NULL,
    verdict character varying(10) NOT NULL,
    reason character varying(500) NOT NULL,
    credits integer NOT NULL,
    is_allowed boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    appeal_id uuid NOT NULL,
    decided_by_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT appeal_decision_verdict_known CHECK (((verdict)::text = ANY (ARRAY[('open'::character varying)::text, ('overturned'::character varying)::text, ('upheld'::character varying)::text]))),
    CONSTRAINT generation_appealdecision_credits_check CHECK ((credits >= 0))
);

CREATE TABLE public.generation_archive (
    id uuid NOT NULL,
    status character varying(8) NOT NULL,
    images smallint NOT NULL,
    packed smallint NOT NULL,
    claim uuid,
    beat_at timestamp with time zone NOT NULL,
    file character varying(200) NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ready_at timestamp with time zone,
    expires_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    CONSTRAINT archive_status_known CHECK (((status)::text = ANY (ARRAY[('building'::character varying)::text, ('failed'::character varying)::text, ('gone'::character varying)::text, ('queued'::character varying)::text, ('ready'::character varying)::text]))),
    CONSTRAINT generation_archive_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT generation_archive_images_check CHECK ((images >= 0)),
    CONSTRAINT generation_archive_packed_check CHECK ((packed >= 0))
);

CREATE TABLE public.generation_attempt (
    id uuid NOT NULL,
    number smallint NOT NULL,
    outcome character varying(10) NOT NULL,
    error character varying(500) NOT NULL,
    http_status smallint,
    upstream_request character varying(120) NOT NULL,
    usage jsonb NOT NULL,
    cost bigint NOT NULL,
    is_loss boolean NOT NULL,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    workspace_id uuid NOT NULL,
    image_id uuid NOT NULL,
    provider_id character varying(30) NOT NULL,
    blame character varying(10) DEFAULT ''::character varying NOT NULL,
    model_id character varying(60),
    is_open boolean DEFAULT false NOT NULL,
    input_images smallint DEFAULT 0 NOT NULL,
    CONSTRAINT attempt_outcome_known CHECK (((outcome)::text = ANY (ARRAY[('failed'::character varying)::text, ('refused'::character varying)::text, ('sent'::character varying)::text, ('succeeded'::character varying)::text, ('unknown'::character varying)::text]))),
    CONSTRAINT generation_attempt_cost_check CHECK ((cost >= 0)),
    CONSTRAINT generation_attempt_http_status_check CHECK ((http_status >= 0)),
    CONSTRAINT generation_attempt_input_images_check CHECK ((input_images >= 0)),
    CONSTRAINT generation_attempt_number_check CHECK ((number >= 0))
)
WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='2000');

CREATE TABLE public.generation_batch (
    id uuid NOT NULL,
    is_test boolean NOT NULL,
    name character varying(80) NOT NULL,
    status character varying(10) NOT NULL,
    common jsonb NOT NULL,
    notes jsonb NOT NULL,
    size smallint NOT NULL,
    images integer NOT NULL,
    rounds smallint NOT NULL,
    credits integer NOT NULL,
    charged integer NOT NULL,
    stored integer NOT NULL,
    failed integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    created_by_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL,
    external_id character varying(120) DEFAULT ''::character varying NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT batch_charged_within_quote CHECK ((charged <= credits)),
    CONSTRAINT batch_status_known CHECK (((status)::text = ANY (ARRAY[('canceled'::character varying)::text, ('draft'::character varying)::text, ('failed'::character varying)::text, ('partial'::character varying)::text, ('paused'::character varying)::text, ('running'::character varying)::text, ('succeeded'::character varying)::text]))),
    CONSTRAINT generation_batch_charged_check CHECK ((charged >= 0)),
    CONSTRAINT generation_batch_credits_check CHECK ((credits >= 0)),
    CONSTRAINT generation_batch_failed_check CHECK ((failed >= 0)),
    CONSTRAINT generation_batch_images_check CHECK ((images >= 0)),
    CONSTRAINT generation_batch_rounds_check CHECK ((rounds >= 0)),
    CONSTRAINT generation_batch_size_check CHECK ((size >= 0)),
    CONSTRAINT generation_batch_stored_check CHECK ((stored >= 0))
);

CREATE TABLE public.generation_batchrow (
    id uuid NOT NULL,
    "position" smallint NOT NULL,
    name character varying(80) NOT NULL,
    prompt text NOT NULL,
    overrides jsonb NOT NULL,
    count smallint NOT NULL,
    credits integer,
    quality character varying(10) NOT NULL,
    error text NOT NULL,
    param character varying(30) NOT NULL,
    nearest character varying(60) NOT NULL,
    is_left_out boolean NOT NULL,
    batch_id uuid NOT NULL,
    generation_id uuid,
    workspace_id uuid NOT NULL,
    faults jsonb DEFAULT '[]'::jsonb NOT NULL,
    CONSTRAINT generation_batchrow_count_check CHECK ((count >= 0)),
    CONSTRAINT generation_batchrow_credits_check CHECK ((credits >= 0)),
    CONSTRAINT generation_batchrow_position_check CHECK (("position" >= 0))
);

CREATE TABLE public.generation_checkrule (
    category character varying(40) NOT NULL,
    blocks_at smallint,
    CONSTRAINT generation_checkrule_blocks_at_check CHECK ((blocks_at >= 0))
);

CREATE TABLE public.generation_circuit (
    provider_id character varying(30) NOT NULL,
    state character varying(10) NOT NULL,
    cause character varying(10) NOT NULL,
    since timestamp with time zone NOT NULL,
    failures integer NOT NULL,
    error character varying(500) NOT NULL,
    error_at timestamp with time zone,
    probe_at timestamp with time zone,
    told_at timestamp with time zone,
    CONSTRAINT circuit_state_known CHECK (((state)::text = ANY (ARRAY[('closed'::character varying)::text, ('half_open'::character varying)::text, ('open'::character varying)::text]))),
    CONSTRAINT generation_circuit_failures_check CHECK ((failures >= 0))
);

CREATE TABLE public.generation_dailycost (
    id bigint NOT NULL,
    day date NOT NULL,
    model_slug character varying(60) NOT NULL,
    images integer NOT NULL,
    revenue numeric(40,20) NOT NULL,
    cost bigint NOT NULL,
    lost bigint NOT NULL
);

ALTER TABLE public.generation_dailycost ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_dailycost_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_dailyspeed (
    id bigint NOT NULL,
    day date NOT NULL,
    model_slug character varying(60) NOT NULL,
    stored integer NOT NULL,
    failed integer NOT NULL,
    durations jsonb NOT NULL
);

ALTER TABLE public.generation_dailyspeed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_dailyspeed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_dailytestimages (
    id bigint NOT NULL,
    day date NOT NULL,
    images integer NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT generation_dailytestimages_images_check CHECK ((images >= 0))
);

ALTER TABLE public.generation_dailytestimages ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_dailytestimages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_dailyusage (
    id bigint NOT NULL,
    day date NOT NULL,
    actor_id uuid,
    token_id uuid,
    model_slug character varying(60) NOT NULL,
    source character varying(10) NOT NULL,
    images integer NOT NULL,
    missing integer NOT NULL,
    credits bigint NOT NULL,
    workspace_id uuid NOT NULL
);

ALTER TABLE public.generation_dailyusage ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_dailyusage_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_derivation (
    image_id uuid NOT NULL,
    claim uuid,
    lease_until timestamp with time zone,
    tries smallint DEFAULT 0 NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT generation_derivation_tries_check CHECK ((tries >= 0))
);

CREATE TABLE public.generation_endingnotice (
    id bigint NOT NULL,
    retired_at timestamp with time zone NOT NULL,
    days smallint NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    model_id character varying(60) NOT NULL,
    workspace_id uuid NOT NULL,
    CONSTRAINT generation_endingnotice_days_check CHECK ((days >= 0))
);

ALTER TABLE public.generation_endingnotice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_endingnotice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_enduser (
    identifier character varying(40) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    person_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL
);

CREATE TABLE public.generation_event (
    id bigint NOT NULL,
    kind character varying(30) NOT NULL,
    data jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    workspace_id uuid NOT NULL,
    generation_id uuid NOT NULL,
    image_id uuid
);

ALTER TABLE public.generation_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_expectedcost (
    id bigint NOT NULL,
    quality character varying(10) NOT NULL,
    pixels integer NOT NULL,
    cost bigint NOT NULL,
    edit_cost bigint NOT NULL,
    reference_cost bigint NOT NULL,
    model_id character varying(60) NOT NULL,
    CONSTRAINT generation_expectedcost_cost_check CHECK ((cost >= 0)),
    CONSTRAINT generation_expectedcost_edit_cost_check CHECK ((edit_cost >= 0)),
    CONSTRAINT generation_expectedcost_pixels_check CHECK ((pixels >= 0)),
    CONSTRAINT generation_expectedcost_reference_cost_check CHECK ((reference_cost >= 0))
);

ALTER TABLE public.generation_expectedcost ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_expectedcost_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_generation (
    id uuid NOT NULL,
    source character varying(10) NOT NULL,
    is_test boolean NOT NULL,
    request_key character varying(255),
    fingerprint bytea NOT NULL,
    requested_model character varying(60) NOT NULL,
    prompt text NOT NULL,
    sent_prompt text NOT NULL,
    count smallint NOT NULL,
    width integer,
    height integer,
    quality character varying(10) NOT NULL,
    background character varying(12) NOT NULL,
    output_format character varying(5) NOT NULL,
    output_compression smallint,
    moderation character varying(5) NOT NULL,
    "references" uuid[] NOT NULL,
    mask uuid,
    quote jsonb NOT NULL,
    credits integer NOT NULL,
    charged integer NOT NULL,
    status character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    cancel_requested_at timestamp with time zone,
    created_by_id uuid,
    token_id uuid,
    workspace_id uuid NOT NULL,
    model_id character varying(60) NOT NULL,
    partials smallint NOT NULL,
    paid_from character varying(60) NOT NULL,
    style_references smallint NOT NULL,
    style_values jsonb NOT NULL,
    batch_id uuid,
    batch_row_id uuid,
    style_version_id uuid,
    external_id character varying(120) DEFAULT ''::character varying NOT NULL,
    metadata jsonb DEFAULT '{}'::jsonb NOT NULL,
    seed bigint,
    CONSTRAINT generation_charged_within_quote CHECK ((charged <= credits)),
    CONSTRAINT generation_generation_charged_check CHECK ((charged >= 0)),
    CONSTRAINT generation_generation_count_check CHECK ((count >= 0)),
    CONSTRAINT generation_generation_credits_check CHECK ((credits >= 0)),
    CONSTRAINT generation_generation_height_check CHECK ((height >= 0)),
    CONSTRAINT generation_generation_output_compression_check CHECK ((output_compression >= 0)),
    CONSTRAINT generation_generation_partials_check CHECK ((partials >= 0)),
    CONSTRAINT generation_generation_style_references_check CHECK ((style_references >= 0)),
    CONSTRAINT generation_generation_width_check CHECK ((width >= 0)),
    CONSTRAINT generation_status_known CHECK (((status)::text = ANY (ARRAY[('canceled'::character varying)::text, ('failed'::character varying)::text, ('partial'::character varying)::text, ('queued'::character varying)::text, ('running'::character varying)::text, ('succeeded'::character varying)::text])))
);

CREATE TABLE public.generation_image (
    id uuid NOT NULL,
    index smallint NOT NULL,
    status character varying(8) NOT NULL,
    reason character varying(20) NOT NULL,
    detail jsonb NOT NULL,
    credits integer NOT NULL,
    claim uuid,
    lease_until timestamp with time zone,
    file character varying(200) NOT NULL,
    thumbnail character varying(200) NOT NULL,
    medium character varying(200) NOT NULL,
    preview character varying(200) NOT NULL,
    thumbhash bytea NOT NULL,
    format character varying(5) NOT NULL,
    width integer,
    height integer,
    size integer,
    sha256 bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    deleted_at timestamp with time zone,
    generation_id uuid NOT NULL,
    workspace_id uuid NOT NULL,
    dispatched_at timestamp with time zone,
    lane smallint NOT NULL,
    parked_at timestamp with time zone,
    tries smallint NOT NULL,
    turn smallint,
    provider_id character varying(30),
    model_id character varying(60),
    removed_at timestamp with time zone,
    seed bigint,
    CONSTRAINT generation_image_credits_check CHECK ((credits >= 0)),
    CONSTRAINT generation_image_height_check CHECK ((height >= 0)),
    CONSTRAINT generation_image_index_check CHECK ((index >= 0)),
    CONSTRAINT generation_image_lane_check CHECK ((lane >= 0)),
    CONSTRAINT generation_image_size_check CHECK ((size >= 0)),
    CONSTRAINT generation_image_tries_check CHECK ((tries >= 0)),
    CONSTRAINT generation_image_turn_check CHECK ((turn >= 0)),
    CONSTRAINT generation_image_width_check CHECK ((width >= 0)),
    CONSTRAINT image_failed_has_reason CHECK (((NOT ((status)::text = 'failed'::text)) OR (NOT ((reason)::text = ''::text)))),
    CONSTRAINT image_parked_waits CHECK (((parked_at IS NULL) OR ((status)::text = 'waiting'::text))),
    CONSTRAINT image_reason_known CHECK (((reason)::text = ANY (ARRAY[(''::character varying)::text, ('canceled'::character varying)::text, ('moderation_input'::character varying)::text, ('moderation_output'::character varying)::text, ('provider_busy'::character varying)::text, ('provider_error'::character varying)::text, ('storage_error'::character varying)::text, ('timeout'::character varying)::text, ('wrong_output'::character varying)::text]))),
    CONSTRAINT image_runs_by_a_lease CHECK ((((claim IS NOT NULL) AND (lease_until IS NOT NULL) AND ((status)::text = 'running'::text)) OR ((NOT ((status)::text = 'running'::text)) AND (claim IS NULL) AND (lease_until IS NULL)))),
    CONSTRAINT image_status_known CHECK (((status)::text = ANY (ARRAY[('failed'::character varying)::text, ('running'::character varying)::text, ('stored'::character varying)::text, ('waiting'::character varying)::text]))),
    CONSTRAINT image_stored_has_file CHECK (((NOT ((status)::text = 'stored'::text)) OR ((NOT ((file)::text = ''::text)) AND (finished_at IS NOT NULL))))
)
WITH (fillfactor='85', autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='2000', autovacuum_analyze_scale_factor='0.02');

CREATE TABLE public.generation_imagemodel (
    slug character varying(60) NOT NULL,
    upstream_id character varying(120) NOT NULL,
    label character varying(60) NOT NULL,
    summary character varying(120) NOT NULL,
    description text NOT NULL,
    icon character varying(40) NOT NULL,
    "position" smallint NOT NULL,
    is_default boolean NOT NULL,
    is_enabled boolean NOT NULL,
    sizes character varying(20)[] NOT NULL,
    custom_sizes boolean NOT NULL,
    qualities character varying(20)[] NOT NULL,
    default_quality character varying(10) NOT NULL,
    formats character varying(20)[] NOT NULL,
    backgrounds character varying(20)[] NOT NULL,
    moderations character varying(20)[] NOT NULL,
    max_references smallint NOT NULL,
    supports_mask boolean NOT NULL,
    supports_streaming boolean NOT NULL,
    max_images smallint NOT NULL,
    available_from timestamp with time zone NOT NULL,
    deprecated_at timestamp with time zone,
    retired_at timestamp with time zone,
    replacement_id character varying(60),
    provider_id character varying(30) NOT NULL,
    vanished_at timestamp with time zone,
    precheck boolean,
    parameters jsonb NOT NULL,
    aliases character varying(60)[] DEFAULT '{}'::character varying(60)[] NOT NULL,
    maker_replacement_id character varying(60),
    served_as character varying(120)[] DEFAULT '{}'::character varying(120)[] NOT NULL,
    shares_limits_of_id character varying(60),
    supports_seed boolean DEFAULT false NOT NULL,
    CONSTRAINT generation_imagemodel_max_images_check CHECK ((max_images >= 0)),
    CONSTRAINT generation_imagemodel_max_references_check CHECK ((max_references >= 0)),
    CONSTRAINT generation_imagemodel_position_check CHECK (("position" >= 0))
);

CREATE TABLE public.generation_modelhealth (
    model_id character varying(60) NOT NULL,
    status character varying(10) NOT NULL,
    reason character varying(200) NOT NULL,
    since timestamp with time zone NOT NULL,
    checked_at timestamp with time zone NOT NULL,
    seconds double precision,
    listed_at timestamp with time zone,
    probed_at timestamp with time zone,
    vanish_told_at timestamp with time zone,
    probe_error character varying(500) NOT NULL,
    again_at timestamp with time zone,
    denial character varying(500) DEFAULT ''::character varying NOT NULL,
    denial_told_at timestamp with time zone,
    denied_at timestamp with time zone,
    unlisted_at timestamp with time zone,
    answer_told_at timestamp with time zone,
    answered_as character varying(120) DEFAULT ''::character varying NOT NULL,
    answered_at timestamp with time zone,
    cost_told_at timestamp with time zone,
    shutdown_at timestamp with time zone,
    CONSTRAINT model_health_status_known CHECK (((status)::text = ANY (ARRAY[('down'::character varying)::text, ('healthy'::character varying)::text, ('struggling'::character varying)::text, ('unknown'::character varying)::text])))
);

CREATE TABLE public.generation_modelpreference (
    workspace_id uuid NOT NULL,
    use_replacements boolean NOT NULL
);

CREATE TABLE public.generation_modelprice (
    id bigint NOT NULL,
    quality character varying(10) NOT NULL,
    credits integer NOT NULL,
    large_factor smallint DEFAULT 2 NOT NULL,
    per_megapixel boolean NOT NULL,
    edit_surcharge integer NOT NULL,
    free_references smallint NOT NULL,
    references_per_credit smallint NOT NULL,
    model_id character varying(60) NOT NULL,
    tier_id character varying(30),
    expected_cost bigint DEFAULT 0 NOT NULL,
    reference_credits smallint DEFAULT 1 NOT NULL,
    steps integer[] DEFAULT '{}'::integer[] NOT NULL,
    CONSTRAINT generation_modelprice_credits_check CHECK ((credits >= 0)),
    CONSTRAINT generation_modelprice_edit_surcharge_check CHECK ((edit_surcharge >= 0)),
    CONSTRAINT generation_modelprice_expected_cost_check CHECK ((expected_cost >= 0)),
    CONSTRAINT generation_modelprice_free_references_check CHECK ((free_references >= 0)),
    CONSTRAINT generation_modelprice_large_factor_check CHECK ((large_factor >= 0)),
    CONSTRAINT generation_modelprice_reference_credits_check CHECK ((reference_credits >= 0)),
    CONSTRAINT generation_modelprice_references_per_credit_check CHECK ((references_per_credit >= 0)),
    CONSTRAINT price_counts_references CHECK ((references_per_credit > 0)),
    CONSTRAINT price_positive CHECK ((credits > 0))
);

ALTER TABLE public.generation_modelprice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_modelprice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_pace (
    id bigint NOT NULL,
    per_minute integer,
    paused_until timestamp with time zone,
    learned_at timestamp with time zone,
    model_id character varying(60) NOT NULL,
    provider_id character varying(30) NOT NULL,
    input_images_paused_until timestamp with time zone,
    input_images_per_minute integer,
    CONSTRAINT generation_pace_input_images_per_minute_check CHECK ((input_images_per_minute >= 0)),
    CONSTRAINT generation_pace_per_minute_check CHECK ((per_minute >= 0))
);

ALTER TABLE public.generation_pace ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_pace_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_precheck (
    generation_id uuid NOT NULL,
    verdict character varying(10) NOT NULL,
    categories jsonb NOT NULL,
    scores jsonb NOT NULL,
    error character varying(200) NOT NULL,
    asker uuid NOT NULL,
    waiting uuid[] NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone,
    workspace_id uuid NOT NULL,
    CONSTRAINT precheck_verdict_known CHECK (((verdict)::text = ANY (ARRAY[(''::character varying)::text, ('blocked'::character varying)::text, ('excused'::character varying)::text, ('passed'::character varying)::text, ('unanswered'::character varying)::text])))
);

CREATE TABLE public.generation_provider (
    slug character varying(30) NOT NULL,
    name character varying(40) NOT NULL,
    adapter character varying(20) NOT NULL,
    base_url_setting character varying(40) NOT NULL,
    base_url character varying(200) NOT NULL,
    key_setting character varying(40) NOT NULL,
    max_in_flight integer NOT NULL,
    is_enabled boolean NOT NULL,
    timeout_seconds integer NOT NULL,
    opens_after smallint DEFAULT 10 NOT NULL,
    retry_share smallint DEFAULT 10 NOT NULL,
    precheck boolean NOT NULL,
    webhook_setting character varying(40) NOT NULL,
    CONSTRAINT generation_provider_max_in_flight_check CHECK ((max_in_flight >= 0)),
    CONSTRAINT generation_provider_opens_after_check CHECK ((opens_after >= 0)),
    CONSTRAINT generation_provider_retry_share_check CHECK ((retry_share >= 0)),
    CONSTRAINT generation_provider_timeout_seconds_check CHECK ((timeout_seconds >= 0))
);

CREATE TABLE public.generation_reference (
    id uuid NOT NULL,
    name character varying(120) NOT NULL,
    file character varying(200) NOT NULL,
    thumbnail character varying(200) NOT NULL,
    thumbhash bytea NOT NULL,
    format character varying(5) NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    is_mask boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid NOT NULL,
    CONSTRAINT generation_reference_height_check CHECK ((height >= 0)),
    CONSTRAINT generation_reference_size_check CHECK ((size >= 0)),
    CONSTRAINT generation_reference_width_check CHECK ((width >= 0))
);

CREATE TABLE public.generation_storecircuit (
    id smallint NOT NULL,
    is_open boolean NOT NULL,
    since timestamp with time zone NOT NULL,
    error character varying(500) NOT NULL,
    told_at timestamp with time zone,
    CONSTRAINT store_circuit_only_one CHECK ((id = 1))
);

CREATE TABLE public.generation_style (
    id uuid NOT NULL,
    name character varying(60) NOT NULL,
    summary character varying(120) NOT NULL,
    kind character varying(12) NOT NULL,
    previews character varying(120)[] NOT NULL,
    "position" smallint NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone,
    created_by_id uuid,
    workspace_id uuid,
    current_id uuid,
    CONSTRAINT generation_style_position_check CHECK (("position" >= 0))
);

CREATE TABLE public.generation_styleversion (
    id uuid NOT NULL,
    number integer,
    template text NOT NULL,
    slots jsonb NOT NULL,
    avoid character varying(500) NOT NULL,
    palette character varying(7)[] NOT NULL,
    "references" uuid[] NOT NULL,
    model character varying(60) NOT NULL,
    size character varying(20) NOT NULL,
    quality character varying(10) NOT NULL,
    background character varying(12) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id uuid,
    style_id uuid NOT NULL,
    workspace_id uuid,
    CONSTRAINT generation_styleversion_number_check CHECK ((number >= 0))
);

CREATE TABLE public.generation_unitcost (
    id bigint NOT NULL,
    unit character varying(16) NOT NULL,
    cost bigint NOT NULL,
    model_id character varying(60) NOT NULL,
    changed_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT generation_unitcost_cost_check CHECK ((cost >= 0))
);

ALTER TABLE public.generation_unitcost ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_unitcost_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mfa_authenticator (
    id bigint NOT NULL,
    type character varying(20) NOT NULL,
    data jsonb NOT NULL,
    user_id uuid NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone
);

ALTER TABLE public.mfa_authenticator ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.mfa_authenticator_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.procrastinate_events (
    id bigint NOT NULL,
    job_id bigint NOT NULL,
    type public.procrastinate_job_event_type,
    at timestamp with time zone DEFAULT now()
)
WITH (autovacuum_vacuum_scale_factor='0', autovacuum_vacuum_threshold='5000');

CREATE SEQUENCE public.procrastinate_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_events_id_seq OWNED BY public.procrastinate_events.id;

CREATE SEQUENCE public.procrastinate_jobs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_jobs_id_seq OWNED BY public.procrastinate_jobs.id;

CREATE TABLE public.procrastinate_periodic_defers (
    id bigint NOT NULL,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint,
    periodic_id character varying(128) DEFAULT ''::character varying NOT NULL
);

CREATE SEQUENCE public.procrastinate_periodic_defers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.procrastinate_periodic_defers_id_seq OWNED BY public.procrastinate_periodic_defers.id;

CREATE TABLE public.procrastinate_workers (
    id bigint NOT NULL,
    last_heartbeat timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE public.procrastinate_workers ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.procrastinate_workers_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.usersessions_usersession (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ip inet NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    session_key character varying(40) NOT NULL,
    user_agent character varying(200) NOT NULL,
    data jsonb NOT NULL,
    user_id uuid NOT NULL
);

ALTER TABLE public.usersessions_usersession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.usersessions_usersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.procrastinate_events ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_events_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_jobs ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_jobs_id_seq'::regclass);

ALTER TABLE ONLY public.procrastinate_periodic_defers ALTER COLUMN id SET DEFAULT nextval('public.procrastinate_periodic_defers_id_seq'::regclass);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_addresschange
    ADD CONSTRAINT accounts_addresschange_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_previous_digest_key UNIQUE (previous_digest);

ALTER TABLE ONLY public.accounts_auditevent
    ADD CONSTRAINT accounts_auditevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_client
    ADD CONSTRAINT accounts_client_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_email_key UNIQUE (email);

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_workspace
    ADD CONSTRAINT accounts_workspace_live_id_key UNIQUE (live_id);

ALTER TABLE ONLY public.accounts_workspace
    ADD CONSTRAINT accounts_workspace_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_workspace
    ADD CONSTRAINT accounts_workspace_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.generation_allowance
    ADD CONSTRAINT allowance_once UNIQUE (workspace_id, digest);

ALTER TABLE ONLY public.api_call
    ADD CONSTRAINT api_call_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_deliverytry
    ADD CONSTRAINT api_deliverytry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_eventstream
    ADD CONSTRAINT api_eventstream_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotencykey_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_orderaddress
    ADD CONSTRAINT api_orderaddress_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.api_quotedorder
    ADD CONSTRAINT api_quotedorder_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_rate
    ADD CONSTRAINT api_rate_pkey PRIMARY KEY (subject);

ALTER TABLE ONLY public.api_webhookdelivery
    ADD CONSTRAINT api_webhookdelivery_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_webhookendpoint
    ADD CONSTRAINT api_webhookendpoint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_webhookevent
    ADD CONSTRAINT api_webhookevent_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_workspacesecret
    ADD CONSTRAINT api_workspacesecret_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT attempt_once UNIQUE (image_id, number);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_batchrow
    ADD CONSTRAINT batch_row_once UNIQUE (batch_id, "position");

ALTER TABLE ONLY public.billing_autotopup
    ADD CONSTRAINT billing_autotopup_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_balancealert
    ADD CONSTRAINT billing_balancealert_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_cap
    ADD CONSTRAINT billing_cap_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_checkoutpause
    ADD CONSTRAINT billing_checkoutpause_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_closedday
    ADD CONSTRAINT billing_closedday_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.billing_creditpack
    ADD CONSTRAINT billing_creditpack_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.billing_creditpolicy
    ADD CONSTRAINT billing_creditpolicy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_creditrequest
    ADD CONSTRAINT billing_creditrequest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_creditrequest
    ADD CONSTRAINT billing_creditrequest_request_key_key UNIQUE (request_key);

ALTER TABLE ONLY public.billing_customer
    ADD CONSTRAINT billing_customer_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_customer
    ADD CONSTRAINT billing_customer_stripe_id_key UNIQUE (stripe_id);

ALTER TABLE ONLY public.billing_dailyuse
    ADD CONSTRAINT billing_dailyuse_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_decline
    ADD CONSTRAINT billing_decline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_dispute
    ADD CONSTRAINT billing_dispute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_dispute
    ADD CONSTRAINT billing_dispute_stripe_id_key UNIQUE (stripe_id);

ALTER TABLE ONLY public.billing_fraudwarning
    ADD CONSTRAINT billing_fraudwarning_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_fraudwarning
    ADD CONSTRAINT billing_fraudwarning_stripe_id_key UNIQUE (stripe_id);

ALTER TABLE ONLY public.billing_hold
    ADD CONSTRAINT billing_hold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_horizon
    ADD CONSTRAINT billing_horizon_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.billing_packoffer
    ADD CONSTRAINT billing_packoffer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_paymentpage
    ADD CONSTRAINT billing_paymentpage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_paymentpage
    ADD CONSTRAINT billing_paymentpage_purchase_id_key UNIQUE (purchase_id);

ALTER TABLE ONLY public.billing_paymentpage
    ADD CONSTRAINT billing_paymentpage_session_key UNIQUE (session);

ALTER TABLE ONLY public.billing_pricingtier
    ADD CONSTRAINT billing_pricingtier_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.billing_provenpoint
    ADD CONSTRAINT billing_provenpoint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_proventoken
    ADD CONSTRAINT billing_proventoken_pkey PRIMARY KEY (token_id);

ALTER TABLE ONLY public.billing_provenwallet
    ADD CONSTRAINT billing_provenwallet_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_purchase
    ADD CONSTRAINT billing_purchase_checkout_session_key UNIQUE (checkout_session);

ALTER TABLE ONLY public.billing_purchase
    ADD CONSTRAINT billing_purchase_payment_intent_key UNIQUE (payment_intent);

ALTER TABLE ONLY public.billing_purchase
    ADD CONSTRAINT billing_purchase_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_reconciliation
    ADD CONSTRAINT billing_reconciliation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_request_key_key UNIQUE (request_key);

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_stripe_id_key UNIQUE (stripe_id);

ALTER TABLE ONLY public.billing_refundpolicy
    ADD CONSTRAINT billing_refundpolicy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundrequest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundrequest_refund_id_key UNIQUE (refund_id);

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundrequest_request_key_key UNIQUE (request_key);

ALTER TABLE ONLY public.billing_stripekey
    ADD CONSTRAINT billing_stripekey_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.billing_stripetrouble
    ADD CONSTRAINT billing_stripetrouble_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY public.billing_tierassignment
    ADD CONSTRAINT billing_tierassignment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_transfer
    ADD CONSTRAINT billing_transfer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_wallet
    ADD CONSTRAINT billing_wallet_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_walletatclose
    ADD CONSTRAINT billing_walletatclose_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.billing_welcomegift
    ADD CONSTRAINT billing_welcomegift_pkey PRIMARY KEY (mailbox);

ALTER TABLE ONLY public.cache
    ADD CONSTRAINT cache_pkey PRIMARY KEY (cache_key);

ALTER TABLE ONLY public.billing_cap
    ADD CONSTRAINT cap_once UNIQUE (workspace_id, kind, subject, period);

ALTER TABLE ONLY public.config_backup
    ADD CONSTRAINT config_backup_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_dailycost
    ADD CONSTRAINT daily_cost_once UNIQUE (day, model_slug);

ALTER TABLE ONLY public.generation_dailyspeed
    ADD CONSTRAINT daily_speed_once UNIQUE (day, model_slug);

ALTER TABLE ONLY public.generation_dailytestimages
    ADD CONSTRAINT daily_test_images_once UNIQUE (workspace_id, day);

ALTER TABLE ONLY public.generation_dailyusage
    ADD CONSTRAINT daily_usage_once UNIQUE NULLS NOT DISTINCT (workspace_id, day, actor_id, token_id, model_slug, source);

ALTER TABLE ONLY public.billing_dailyuse
    ADD CONSTRAINT daily_use_once UNIQUE (workspace_id, day);

ALTER TABLE ONLY public.api_webhookdelivery
    ADD CONSTRAINT delivery_once UNIQUE (event_id, endpoint_id);

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.generation_endingnotice
    ADD CONSTRAINT ending_notice_once UNIQUE (workspace_id, model_id, retired_at, days);

ALTER TABLE ONLY public.api_webhookendpoint
    ADD CONSTRAINT endpoint_once UNIQUE (request_key);

ALTER TABLE ONLY public.api_webhookevent
    ADD CONSTRAINT event_in_its_place UNIQUE (workspace_id, sequence);

ALTER TABLE ONLY public.generation_expectedcost
    ADD CONSTRAINT expected_cost_once UNIQUE (model_id, quality, pixels);

ALTER TABLE ONLY public.gallery_favorite
    ADD CONSTRAINT favorite_once UNIQUE (user_id, image_id);

ALTER TABLE ONLY public.gallery_favorite
    ADD CONSTRAINT gallery_favorite_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.gallery_wording
    ADD CONSTRAINT gallery_wording_pkey PRIMARY KEY (generation_id);

ALTER TABLE ONLY public.generation_allowance
    ADD CONSTRAINT generation_allowance_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_appeal
    ADD CONSTRAINT generation_appeal_generation_id_key UNIQUE (generation_id);

ALTER TABLE ONLY public.generation_appeal
    ADD CONSTRAINT generation_appeal_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_appealdecision
    ADD CONSTRAINT generation_appealdecision_appeal_id_key UNIQUE (appeal_id);

ALTER TABLE ONLY public.generation_appealdecision
    ADD CONSTRAINT generation_appealdecision_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_archive
    ADD CONSTRAINT generation_archive_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT generation_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_batch
    ADD CONSTRAINT generation_batch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_batchrow
    ADD CONSTRAINT generation_batchrow_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_checkrule
    ADD CONSTRAINT generation_checkrule_pkey PRIMARY KEY (category);

ALTER TABLE ONLY public.generation_circuit
    ADD CONSTRAINT generation_circuit_pkey PRIMARY KEY (provider_id);

ALTER TABLE ONLY public.generation_dailycost
    ADD CONSTRAINT generation_dailycost_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_dailyspeed
    ADD CONSTRAINT generation_dailyspeed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_dailytestimages
    ADD CONSTRAINT generation_dailytestimages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_dailyusage
    ADD CONSTRAINT generation_dailyusage_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_derivation
    ADD CONSTRAINT generation_derivation_pkey PRIMARY KEY (image_id);

ALTER TABLE ONLY public.generation_endingnotice
    ADD CONSTRAINT generation_endingnotice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_enduser
    ADD CONSTRAINT generation_enduser_pkey PRIMARY KEY (identifier);

ALTER TABLE ONLY public.generation_event
    ADD CONSTRAINT generation_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_expectedcost
    ADD CONSTRAINT generation_expectedcost_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_image
    ADD CONSTRAINT generation_image_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_imagemodel
    ADD CONSTRAINT generation_imagemodel_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.generation_modelhealth
    ADD CONSTRAINT generation_modelhealth_pkey PRIMARY KEY (model_id);

ALTER TABLE ONLY public.generation_modelpreference
    ADD CONSTRAINT generation_modelpreference_pkey PRIMARY KEY (workspace_id);

ALTER TABLE ONLY public.generation_modelprice
    ADD CONSTRAINT generation_modelprice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_pace
    ADD CONSTRAINT generation_pace_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_precheck
    ADD CONSTRAINT generation_precheck_pkey PRIMARY KEY (generation_id);

ALTER TABLE ONLY public.generation_provider
    ADD CONSTRAINT generation_provider_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.generation_reference
    ADD CONSTRAINT generation_reference_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_storecircuit
    ADD CONSTRAINT generation_storecircuit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_style
    ADD CONSTRAINT generation_style_current_id_key UNIQUE (current_id);

ALTER TABLE ONLY public.generation_style
    ADD CONSTRAINT generation_style_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_styleversion
    ADD CONSTRAINT generation_styleversion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_unitcost
    ADD CONSTRAINT generation_unitcost_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT idempotency_once UNIQUE (workspace_id, is_test, key);

ALTER TABLE ONLY public.generation_image
    ADD CONSTRAINT image_once UNIQUE (generation_id, index);

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT membership_once UNIQUE (workspace_id, user_id);

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.billing_packoffer
    ADD CONSTRAINT offer_once UNIQUE (tier_id, pack_id);

ALTER TABLE ONLY public.generation_pace
    ADD CONSTRAINT pace_once UNIQUE (provider_id, model_id);

ALTER TABLE ONLY public.generation_modelprice
    ADD CONSTRAINT price_once UNIQUE NULLS NOT DISTINCT (model_id, quality, tier_id);

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp);

ALTER TABLE ONLY public.procrastinate_workers
    ADD CONSTRAINT procrastinate_workers_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_workspacesecret
    ADD CONSTRAINT secret_of_a_mode UNIQUE (workspace_id, is_test);

ALTER TABLE ONLY public.generation_styleversion
    ADD CONSTRAINT style_version_once UNIQUE (style_id, number);

ALTER TABLE ONLY public.api_deliverytry
    ADD CONSTRAINT try_once UNIQUE (delivery_id, number);

ALTER TABLE ONLY public.generation_unitcost
    ADD CONSTRAINT unit_cost_once UNIQUE (model_id, unit);

ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_session_key_key UNIQUE (session_key);

CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);

CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);

CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);

CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);

CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);

CREATE INDEX accounts_addresschange_old_email_ed66e1e3 ON public.accounts_addresschange USING btree (old_email);

CREATE INDEX accounts_addresschange_user_id_48109174 ON public.accounts_addresschange USING btree (user_id);

CREATE INDEX accounts_apitoken_created_by_id_eaf61c5d ON public.accounts_apitoken USING btree (created_by_id);

CREATE INDEX accounts_apitoken_workspace_id_7da78f5d ON public.accounts_apitoken USING btree (workspace_id);

CREATE INDEX accounts_auditevent_actor_id_179eee89 ON public.accounts_auditevent USING btree (actor_id);

CREATE INDEX accounts_invitation_invited_by_id_94a21efc ON public.accounts_invitation USING btree (invited_by_id);

CREATE INDEX accounts_invitation_workspace_id_7dc693ca ON public.accounts_invitation USING btree (workspace_id);

CREATE INDEX accounts_membership_user_id_487fb39e ON public.accounts_membership USING btree (user_id);

CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);

CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);

CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);

CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);

CREATE INDEX api_call_workspace_id_1e3320fa ON public.api_call USING btree (workspace_id);

CREATE INDEX api_orderaddress_endpoint_id_578bda39 ON public.api_orderaddress USING btree (endpoint_id);

CREATE INDEX api_orderaddress_workspace_id_e6a58491 ON public.api_orderaddress USING btree (workspace_id);

CREATE INDEX api_quotedorder_created_by_id_710f8ecc ON public.api_quotedorder USING btree (created_by_id);

CREATE INDEX api_quotedorder_token_id_7dc8c0c7 ON public.api_quotedorder USING btree (token_id);

CREATE INDEX api_webhookdelivery_workspace_id_ae2336f1 ON public.api_webhookdelivery USING btree (workspace_id);

CREATE INDEX api_webhookendpoint_created_by_id_6472574c ON public.api_webhookendpoint USING btree (created_by_id);

CREATE INDEX appeal_of_workspace ON public.generation_appeal USING btree (workspace_id, created_at);

CREATE INDEX appeal_open ON public.generation_appeal USING btree (created_at) WHERE ((status)::text = 'open'::text);

CREATE INDEX archive_age ON public.generation_archive USING btree (expires_at) WHERE ((status)::text = 'ready'::text);

CREATE UNIQUE INDEX archive_one_at_a_time ON public.generation_archive USING btree (batch_id) WHERE ((status)::text = ANY (ARRAY[('queued'::character varying)::text, ('building'::character varying)::text]));

CREATE INDEX attempt_lately ON public.generation_attempt USING btree (provider_id, started_at);

CREATE INDEX attempt_of_model ON public.generation_attempt USING btree (model_id, started_at) WHERE ((outcome)::text = 'succeeded'::text);

CREATE INDEX attempt_sent ON public.generation_attempt USING btree (provider_id) WHERE ((outcome)::text = 'sent'::text);

CREATE INDEX attempt_upstream ON public.generation_attempt USING btree (upstream_request) WHERE (NOT ((upstream_request)::text = ''::text));

CREATE INDEX audit_target ON public.accounts_auditevent USING btree (target) WHERE (NOT ((target)::text = ''::text));

CREATE INDEX audit_workspace ON public.accounts_auditevent USING btree (workspace_id, created_at DESC);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX batch_draft ON public.generation_batch USING btree (created_at) WHERE ((status)::text = 'draft'::text);

CREATE INDEX batch_of_workspace ON public.generation_batch USING btree (workspace_id, id DESC);

CREATE INDEX batch_row_faulty ON public.generation_batchrow USING btree (batch_id, "position") WHERE (NOT (error = ''::text));

CREATE INDEX batch_under_way ON public.generation_batch USING btree (status) WHERE ((status)::text = ANY (ARRAY[('running'::character varying)::text, ('paused'::character varying)::text]));

CREATE INDEX billing_autotopup_consented_by_id_aa1fb26d ON public.billing_autotopup USING btree (consented_by_id);

CREATE INDEX billing_autotopup_pack_id_6d01ff7e ON public.billing_autotopup USING btree (pack_id);

CREATE INDEX billing_checkoutpause_lifted_by_id_54d3c84b ON public.billing_checkoutpause USING btree (lifted_by_id);

CREATE INDEX billing_creditrequest_asked_by_id_cc9d164a ON public.billing_creditrequest USING btree (asked_by_id);

CREATE INDEX billing_creditrequest_decided_by_id_bea49604 ON public.billing_creditrequest USING btree (decided_by_id);

CREATE INDEX billing_creditrequest_workspace_id_d05f5784 ON public.billing_creditrequest USING btree (workspace_id);

CREATE INDEX billing_decline_page_id_19846deb ON public.billing_decline USING btree (page_id);

CREATE INDEX billing_dispute_evidence_sent_by_id_257bfed7 ON public.billing_dispute USING btree (evidence_sent_by_id);

CREATE INDEX billing_dispute_payment_intent_bf998632 ON public.billing_dispute USING btree (payment_intent);

CREATE INDEX billing_dispute_purchase_id_99f969a7 ON public.billing_dispute USING btree (purchase_id);

CREATE INDEX billing_fraudwarning_payment_intent_3ebc4346 ON public.billing_fraudwarning USING btree (payment_intent);

CREATE INDEX billing_fraudwarning_purchase_id_887fec0a ON public.billing_fraudwarning USING btree (purchase_id);

CREATE INDEX billing_hold_actor_id_fe84e938 ON public.billing_hold USING btree (actor_id);

CREATE INDEX billing_hold_token_id_69782899 ON public.billing_hold USING btree (token_id);

CREATE INDEX billing_hold_workspace_id_c3a848a3 ON public.billing_hold USING btree (workspace_id);

CREATE INDEX billing_packoffer_pack_id_b0706f1f ON public.billing_packoffer USING btree (pack_id);

CREATE INDEX billing_purchase_created_by_id_dfe95de2 ON public.billing_purchase USING btree (created_by_id);

CREATE INDEX billing_refund_approved_by_id_11a382a8 ON public.billing_refund USING btree (approved_by_id);

CREATE INDEX billing_refund_made_by_id_98fede7a ON public.billing_refund USING btree (made_by_id);

CREATE INDEX billing_refund_payment_intent_99f8d71d ON public.billing_refund USING btree (payment_intent);

CREATE INDEX billing_refund_purchase_id_8a471d2d ON public.billing_refund USING btree (purchase_id);

CREATE INDEX billing_refundrequest_asked_by_id_e080185b ON public.billing_refundrequest USING btree (asked_by_id);

CREATE INDEX billing_refundrequest_decided_by_id_b501266a ON public.billing_refundrequest USING btree (decided_by_id);

CREATE INDEX billing_refundrequest_purchase_id_c221c210 ON public.billing_refundrequest USING btree (purchase_id);

CREATE INDEX billing_tierassignment_assigned_by_id_4f5c7194 ON public.billing_tierassignment USING btree (assigned_by_id);

CREATE INDEX billing_tierassignment_tier_id_9fcf8ecb ON public.billing_tierassignment USING btree (tier_id);

CREATE INDEX billing_tierassignment_workspace_id_b1bf5a2a ON public.billing_tierassignment USING btree (workspace_id);

CREATE INDEX billing_transfer_actor_id_32520129 ON public.billing_transfer USING btree (actor_id);

CREATE INDEX billing_transfer_hold_id_48995044 ON public.billing_transfer USING btree (hold_id);

CREATE INDEX billing_transfer_token_id_4862303c ON public.billing_transfer USING btree (token_id);

CREATE INDEX billing_welcomegift_user_id_023c9c22 ON public.billing_welcomegift USING btree (user_id);

CREATE INDEX cache_expires ON public.cache USING btree (expires);

CREATE INDEX call_age ON public.api_call USING btree (created_at);

CREATE INDEX call_lost ON public.api_call USING btree (token_id, fingerprint) WHERE (lost_at IS NOT NULL);

CREATE INDEX call_of_token ON public.api_call USING btree (token_id, fingerprint, id DESC);

CREATE INDEX call_open ON public.api_call USING btree (token_id, fingerprint) WHERE ((answered_at IS NULL) AND (lost_at IS NULL));

CREATE INDEX client_allowance ON public.accounts_client USING btree (filled_month) WHERE ((closed_at IS NULL) AND (monthly_allowance > 0));

CREATE UNIQUE INDEX client_external_id_once ON public.accounts_client USING btree (partner_id, external_id) WHERE (NOT ((external_id)::text = ''::text));

CREATE INDEX daily_test_images_age ON public.generation_dailytestimages USING btree (day);

CREATE INDEX daily_usage_day ON public.generation_dailyusage USING btree (day);

CREATE INDEX decline_workspace ON public.billing_decline USING btree (workspace_id, created_at);

CREATE INDEX delivery_leased ON public.api_webhookdelivery USING btree (endpoint_id, leased_until) WHERE (leased_until IS NOT NULL);

CREATE INDEX delivery_of_endpoint ON public.api_webhookdelivery USING btree (endpoint_id, id DESC);

CREATE INDEX delivery_pending ON public.api_webhookdelivery USING btree (endpoint_id, next_at) WHERE (next_at IS NOT NULL);

CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);

CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX endpoint_failing ON public.api_webhookendpoint USING btree (failing_since) WHERE (failing_since IS NOT NULL);

CREATE UNIQUE INDEX endpoint_of_orders_once ON public.api_webhookendpoint USING btree (workspace_id, is_test, url) WHERE ((deleted_at IS NULL) AND for_orders);

CREATE INDEX endpoint_of_workspace ON public.api_webhookendpoint USING btree (workspace_id, id DESC);

CREATE INDEX event_of_generation ON public.generation_event USING btree (generation_id, id);

CREATE INDEX event_of_workspace ON public.generation_event USING btree (workspace_id, id);

CREATE INDEX gallery_favorite_image_id_cda9d339 ON public.gallery_favorite USING btree (image_id);

CREATE INDEX gallery_favorite_workspace_id_e32d8869 ON public.gallery_favorite USING btree (workspace_id);

CREATE INDEX generation_allowance_made_by_id_172d6107 ON public.generation_allowance USING btree (made_by_id);

CREATE INDEX generation_appeal_created_by_id_c9d2e44b ON public.generation_appeal USING btree (created_by_id);

CREATE INDEX generation_appeal_token_id_e3d056c6 ON public.generation_appeal USING btree (token_id);

CREATE INDEX generation_appealdecision_decided_by_id_b9b7b6ac ON public.generation_appealdecision USING btree (decided_by_id);

CREATE INDEX generation_archive_batch_id_24c29a63 ON public.generation_archive USING btree (batch_id);

CREATE INDEX generation_archive_created_by_id_e572ebeb ON public.generation_archive USING btree (created_by_id);

CREATE INDEX generation_archive_workspace_id_bae6cc52 ON public.generation_archive USING btree (workspace_id);

CREATE INDEX generation_attempt_workspace_id_c62ed4ca ON public.generation_attempt USING btree (workspace_id);

CREATE INDEX generation_batch_created_by_id_f7ae4076 ON public.generation_batch USING btree (created_by_id);

CREATE INDEX generation_batch_token_id_b7ab3842 ON public.generation_batch USING btree (token_id);

CREATE INDEX generation_batchrow_generation_id_3108802f ON public.generation_batchrow USING btree (generation_id);

CREATE INDEX generation_batchrow_workspace_id_498a47c2 ON public.generation_batchrow USING btree (workspace_id);

CREATE INDEX generation_endingnotice_model_id_b68ca00f ON public.generation_endingnotice USING btree (model_id);

CREATE INDEX generation_enduser_person_id_56e74188 ON public.generation_enduser USING btree (person_id);

CREATE INDEX generation_enduser_token_id_8639c09e ON public.generation_enduser USING btree (token_id);

CREATE INDEX generation_enduser_workspace_id_bb24e9ae ON public.generation_enduser USING btree (workspace_id);

CREATE INDEX generation_generation_created_by_id_d0a3b19c ON public.generation_generation USING btree (created_by_id);

CREATE INDEX generation_generation_token_id_8a163771 ON public.generation_generation USING btree (token_id);

CREATE INDEX generation_image_workspace_id_112e8d30 ON public.generation_image USING btree (workspace_id);

CREATE INDEX generation_imagemodel_maker_replacement_id_29c78839 ON public.generation_imagemodel USING btree (maker_replacement_id);

CREATE INDEX generation_imagemodel_provider_id_9651591a ON public.generation_imagemodel USING btree (provider_id);

CREATE INDEX generation_imagemodel_replacement_id_58e05946 ON public.generation_imagemodel USING btree (replacement_id);

CREATE INDEX generation_modelprice_tier_id_e5cc4d7a ON public.generation_modelprice USING btree (tier_id);

CREATE INDEX generation_of_batch ON public.generation_generation USING btree (batch_id, status) WHERE (batch_id IS NOT NULL);

CREATE INDEX generation_of_external_id ON public.generation_generation USING btree (workspace_id, external_id, id DESC) WHERE (NOT ((external_id)::text = ''::text));

CREATE INDEX generation_of_metadata ON public.generation_generation USING gin (((metadata || ((('{"": "'::text || (workspace_id)::text) || '"}'::text))::jsonb)) jsonb_path_ops) WHERE (NOT (metadata = '{}'::jsonb));

CREATE INDEX generation_of_model ON public.generation_generation USING btree (model_id, workspace_id, id DESC);

CREATE INDEX generation_of_rare_status ON public.generation_generation USING btree (workspace_id, status, id DESC) WHERE ((status)::text = ANY (ARRAY[('partial'::character varying)::text, ('failed'::character varying)::text, ('canceled'::character varying)::text]));

CREATE INDEX generation_of_row ON public.generation_generation USING btree (batch_row_id, id) WHERE (batch_id IS NOT NULL);

CREATE INDEX generation_of_style ON public.generation_generation USING btree (style_version_id, id DESC) WHERE (style_version_id IS NOT NULL);

CREATE INDEX generation_of_workspace ON public.generation_generation USING btree (workspace_id, id DESC);

CREATE INDEX generation_pace_model_id_f133b10e ON public.generation_pace USING btree (model_id);

CREATE INDEX generation_reference_created_by_id_2c878d29 ON public.generation_reference USING btree (created_by_id);

CREATE UNIQUE INDEX generation_request_once ON public.generation_generation USING btree (workspace_id, request_key) WHERE (request_key IS NOT NULL);

CREATE INDEX generation_style_created_by_id_08ace369 ON public.generation_style USING btree (created_by_id);

CREATE INDEX generation_style_workspace_id_d941ac35 ON public.generation_style USING btree (workspace_id);

CREATE INDEX generation_styleversion_created_by_id_c5f4b3c9 ON public.generation_styleversion USING btree (created_by_id);

CREATE INDEX generation_styleversion_workspace_id_8f9caf76 ON public.generation_styleversion USING btree (workspace_id);

CREATE INDEX generation_unfinished ON public.generation_generation USING btree (workspace_id) WHERE ((status)::text = ANY (ARRAY[('queued'::character varying)::text, ('running'::character varying)::text]));

CREATE UNIQUE INDEX hold_once ON public.billing_hold USING btree (reference varchar_pattern_ops);

CREATE INDEX hold_open ON public.billing_hold USING btree (created_at) WHERE (ended_at IS NULL);

CREATE INDEX idempotency_age ON public.api_idempotencykey USING btree (created_at);

CREATE INDEX idx_procrastinate_jobs_worker_not_null ON public.procrastinate_jobs USING btree (worker_id) WHERE ((worker_id IS NOT NULL) AND (status = 'doing'::public.procrastinate_job_status));

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON public.procrastinate_workers USING btree (last_heartbeat);

CREATE INDEX image_failed_of_workspace ON public.generation_image USING btree (workspace_id, id DESC) WHERE ((deleted_at IS NULL) AND ((status)::text = 'failed'::text));

CREATE INDEX image_gallery ON public.generation_image USING btree (workspace_id, id DESC) WHERE ((deleted_at IS NULL) AND ((status)::text = 'stored'::text));

CREATE INDEX image_in_flight ON public.generation_image USING btree (workspace_id) WHERE ((dispatched_at IS NOT NULL) AND ((status)::text = ANY (ARRAY[('waiting'::character varying)::text, ('running'::character varying)::text])));

CREATE UNIQUE INDEX image_model_one_default ON public.generation_imagemodel USING btree (is_default) WHERE is_default;

CREATE INDEX image_parked_at_provider ON public.generation_image USING btree (provider_id, lane, id) WHERE (parked_at IS NOT NULL);

CREATE INDEX image_parked_for_model ON public.generation_image USING btree (provider_id, model_id, lane, id) WHERE (parked_at IS NOT NULL);

CREATE INDEX image_running ON public.generation_image USING btree (claim) WHERE ((status)::text = 'running'::text);

CREATE INDEX image_sha256 ON public.generation_image USING btree (sha256) WHERE ((status)::text = 'stored'::text);

CREATE INDEX image_undispatched ON public.generation_image USING btree (workspace_id, turn, id) WHERE ((dispatched_at IS NULL) AND ((status)::text = 'waiting'::text));

CREATE INDEX image_with_files_to_remove ON public.generation_image USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (removed_at IS NULL));

CREATE UNIQUE INDEX invitation_open_once ON public.accounts_invitation USING btree (workspace_id, email) WHERE (accepted_at IS NULL);

CREATE INDEX mfa_authenticator_user_id_0c3a50c0 ON public.mfa_authenticator USING btree (user_id);

CREATE INDEX order_address_age ON public.api_orderaddress USING btree (created_at);

CREATE INDEX page_network ON public.billing_paymentpage USING btree (network, created_at) WHERE (NOT ((network)::text = ''::text));

CREATE INDEX page_user ON public.billing_paymentpage USING btree (user_id, created_at);

CREATE INDEX page_workspace ON public.billing_paymentpage USING btree (workspace_id, created_at);

CREATE INDEX pause_workspace ON public.billing_checkoutpause USING btree (workspace_id, until DESC);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON public.procrastinate_events USING btree (job_id);

CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON public.procrastinate_jobs USING btree (id, lock) WHERE (status = ANY (ARRAY['todo'::public.procrastinate_job_status, 'doing'::public.procrastinate_job_status]));

CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON public.procrastinate_jobs USING btree (lock) WHERE (status = 'doing'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_priority_idx_v1 ON public.procrastinate_jobs USING btree (priority DESC, id) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON public.procrastinate_jobs USING btree (queue_name);

CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON public.procrastinate_jobs USING btree (queueing_lock) WHERE (status = 'todo'::public.procrastinate_job_status);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON public.procrastinate_periodic_defers USING btree (job_id);

CREATE INDEX purchase_charge ON public.billing_purchase USING btree (charge) WHERE (charge IS NOT NULL);

CREATE INDEX purchase_invoice ON public.billing_purchase USING btree (invoice_number) WHERE (NOT ((invoice_number)::text = ''::text));

CREATE INDEX purchase_of_workspace ON public.billing_purchase USING btree (workspace_id, id DESC);

CREATE UNIQUE INDEX purchase_request_once ON public.billing_purchase USING btree (workspace_id, request_key) WHERE (request_key IS NOT NULL);

CREATE INDEX purchase_unfinished ON public.billing_purchase USING btree (created_at) WHERE (((status)::text = ANY (ARRAY[('pending'::character varying)::text, ('processing'::character varying)::text])) OR ((receipt_sent_at IS NULL) AND ((status)::text = 'paid'::text)));

CREATE INDEX quote_age ON public.api_quotedorder USING btree (expires_at);

CREATE INDEX quote_of_workspace ON public.api_quotedorder USING btree (workspace_id, expires_at);

CREATE INDEX rate_age ON public.api_rate USING btree (started_at);

CREATE INDEX reference_of_workspace ON public.generation_reference USING btree (workspace_id, id DESC);

CREATE INDEX reference_unremoved ON public.generation_reference USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (NOT ((thumbnail)::text = ''::text)));

CREATE UNIQUE INDEX refund_request_one_waits ON public.billing_refundrequest USING btree (purchase_id) WHERE ((status)::text = 'waiting'::text);

CREATE UNIQUE INDEX style_name_once ON public.generation_style USING btree (workspace_id, lower((name)::text)) NULLS NOT DISTINCT WHERE (deleted_at IS NULL);

CREATE UNIQUE INDEX style_one_default ON public.generation_style USING btree (workspace_id) WHERE ((deleted_at IS NULL) AND is_default);

CREATE UNIQUE INDEX tier_one_default ON public.billing_pricingtier USING btree (is_default) WHERE is_default;

CREATE INDEX transfer_by_operator ON public.billing_transfer USING btree (actor_id, created_at) WHERE ((kind)::text = ANY (ARRAY[('grant'::character varying)::text, ('adjust'::character varying)::text, ('write_off'::character varying)::text]));

CREATE INDEX transfer_of_lots ON public.billing_transfer USING btree (workspace_id, id) WHERE ((kind)::text = ANY (ARRAY[('grant'::character varying)::text, ('purchase'::character varying)::text, ('adjust'::character varying)::text, ('reverse'::character varying)::text, ('restore'::character varying)::text, ('fund'::character varying)::text]));

CREATE UNIQUE INDEX transfer_once ON public.billing_transfer USING btree (key varchar_pattern_ops);

CREATE INDEX transfer_reference ON public.billing_transfer USING btree (reference);

CREATE INDEX transfer_statement ON public.billing_transfer USING btree (workspace_id, id DESC);

CREATE UNIQUE INDEX unique_authenticator_type ON public.mfa_authenticator USING btree (user_id, type) WHERE ((type)::text = ANY (ARRAY[('totp'::character varying)::text, ('recovery_codes'::character varying)::text]));

CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";

CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;

CREATE INDEX usersessions_usersession_session_key_fd35de43_like ON public.usersessions_usersession USING btree (session_key varchar_pattern_ops);

CREATE INDEX usersessions_usersession_user_id_af5e0a6d ON public.usersessions_usersession USING btree (user_id);

CREATE INDEX webhook_event_age ON public.api_webhookevent USING btree (created_at);

CREATE INDEX welcome_day ON public.billing_welcomegift USING btree (created_at);

CREATE INDEX welcome_network ON public.billing_welcomegift USING btree (network, created_at);

CREATE UNIQUE INDEX welcome_once_a_device ON public.billing_welcomegift USING btree (device) WHERE (NOT ((device)::text = ''::text));

CREATE INDEX welcome_site ON public.billing_welcomegift USING btree (site, created_at);

CREATE INDEX wording_old ON public.gallery_wording USING btree (generation_id) WHERE (words IS NULL);

CREATE INDEX wording_search ON public.gallery_wording USING gin (search);

CREATE INDEX workspace_clients ON public.accounts_workspace USING btree (parent_id, id DESC) WHERE (parent_id IS NOT NULL);

CREATE TRIGGER attempt_in_its_workspace BEFORE INSERT OR UPDATE OF workspace_id, image_id ON public.generation_attempt FOR EACH ROW EXECUTE FUNCTION public.generation_same_workspace();

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON public.accounts_auditevent FOR EACH ROW EXECUTE FUNCTION public.audit_append_only();

CREATE TRIGGER batch_keeps_its_workspace BEFORE UPDATE OF workspace_id ON public.generation_batch FOR EACH ROW WHEN ((new.workspace_id <> old.workspace_id)) EXECUTE FUNCTION public.generation_refuse_move();

CREATE TRIGGER gallery_word_inserted AFTER INSERT ON public.generation_image FOR EACH ROW WHEN (((new.status)::text = 'stored'::text)) EXECUTE FUNCTION public.gallery_word();

CREATE TRIGGER gallery_word_stored AFTER UPDATE OF status ON public.generation_image FOR EACH ROW WHEN ((((new.status)::text = 'stored'::text) AND ((old.status)::text <> 'stored'::text))) EXECUTE FUNCTION public.gallery_word();

CREATE TRIGGER generation_announce_jobs AFTER INSERT ON public.procrastinate_jobs REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION public.generation_announce_jobs();

CREATE TRIGGER generation_decision_append_only BEFORE DELETE OR UPDATE ON public.generation_appealdecision FOR EACH ROW EXECUTE FUNCTION public.generation_decision_append_only();

CREATE TRIGGER generation_decision_no_truncate BEFORE TRUNCATE ON public.generation_appealdecision FOR EACH STATEMENT EXECUTE FUNCTION public.generation_decision_append_only();

CREATE TRIGGER generation_in_its_workspace BEFORE INSERT OR UPDATE OF workspace_id, batch_id ON public.generation_generation FOR EACH ROW WHEN ((new.batch_id IS NOT NULL)) EXECUTE FUNCTION public.generation_same_workspace();

CREATE TRIGGER generation_keeps_its_workspace BEFORE UPDATE OF workspace_id ON public.generation_generation FOR EACH ROW WHEN ((new.workspace_id <> old.workspace_id)) EXECUTE FUNCTION public.generation_refuse_move();

CREATE TRIGGER hold_ends_once BEFORE UPDATE ON public.billing_hold FOR EACH ROW WHEN (((old.ended_at IS NOT NULL) OR ((((old.id IS DISTINCT FROM new.id) OR (old.workspace_id IS DISTINCT FROM new.workspace_id)) OR ((old.reference)::text IS DISTINCT FROM (new.reference)::text)) OR (old.amount IS DISTINCT FROM new.amount)) OR (new.captured < old.captured) OR (new.released < old.released))) EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER hold_never_deleted BEFORE DELETE ON public.billing_hold FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER hold_never_emptied BEFORE TRUNCATE ON public.billing_hold FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER image_in_its_workspace BEFORE INSERT OR UPDATE OF workspace_id, generation_id ON public.generation_image FOR EACH ROW EXECUTE FUNCTION public.generation_same_workspace();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN (((old.abort_requested = false) AND (new.abort_requested = true) AND (new.status = 'doing'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_notify_queue_job_inserted_v1();

ALTER TABLE public.procrastinate_jobs DISABLE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1;

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1 AFTER UPDATE OF abort_requested ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.abort_requested = true)) EXECUTE FUNCTION public.procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1 BEFORE DELETE ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_unlink_periodic_defers_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1 AFTER INSERT OR UPDATE ON public.procrastinate_jobs FOR EACH ROW WHEN (((new.scheduled_at IS NOT NULL) AND (new.status = 'todo'::public.procrastinate_job_status))) EXECUTE FUNCTION public.procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1 AFTER INSERT ON public.procrastinate_jobs FOR EACH ROW WHEN ((new.status = 'todo'::public.procrastinate_job_status)) EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1 AFTER UPDATE OF status ON public.procrastinate_jobs FOR EACH ROW EXECUTE FUNCTION public.procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER style_version_stays AFTER UPDATE ON public.generation_styleversion FOR EACH ROW EXECUTE FUNCTION public.generation_style_version_stays();

CREATE TRIGGER transfer_in_its_workspace BEFORE INSERT ON public.billing_transfer FOR EACH ROW WHEN ((new.hold_id IS NOT NULL)) EXECUTE FUNCTION public.ledger_same_workspace();

CREATE TRIGGER transfer_never_changes BEFORE DELETE OR UPDATE ON public.billing_transfer FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER transfer_never_emptied BEFORE TRUNCATE ON public.billing_transfer FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER wallet_never_deleted BEFORE DELETE ON public.billing_wallet FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();

CREATE TRIGGER wallet_never_emptied BEFORE TRUNCATE ON public.billing_wallet FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();

ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_addresschange
    ADD CONSTRAINT accounts_addresschange_user_id_48109174_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_created_by_id_eaf61c5d_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_apitoken
    ADD CONSTRAINT accounts_apitoken_workspace_id_7da78f5d_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_client
    ADD CONSTRAINT accounts_client_partner_id_6a1941ba_fk_accounts_workspace_id FOREIGN KEY (partner_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_client
    ADD CONSTRAINT accounts_client_workspace_id_2616d441_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_invited_by_id_94a21efc_fk_accounts_user_id FOREIGN KEY (invited_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_workspace_id_7dc693ca_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_user_id_487fb39e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_membership
    ADD CONSTRAINT accounts_membership_workspace_id_3a7fb173_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_workspace
    ADD CONSTRAINT accounts_workspace_live_id_45a3b03f_fk_accounts_workspace_id FOREIGN KEY (live_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_workspace
    ADD CONSTRAINT accounts_workspace_parent_id_39ebadcf_fk_accounts_workspace_id FOREIGN KEY (parent_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_call
    ADD CONSTRAINT api_call_token_id_769b0084_fk_accounts_apitoken_id FOREIGN KEY (token_id) REFERENCES public.accounts_apitoken(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_call
    ADD CONSTRAINT api_call_workspace_id_1e3320fa_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_deliverytry
    ADD CONSTRAINT api_deliverytry_delivery_id_b8c96f5f_fk_api_webhookdelivery_id FOREIGN KEY (delivery_id) REFERENCES public.api_webhookdelivery(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_eventstream
    ADD CONSTRAINT api_eventstream_workspace_id_b292ec4e_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_idempotencykey
    ADD CONSTRAINT api_idempotencykey_workspace_id_7c3a214b_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_orderaddress
    ADD CONSTRAINT api_orderaddress_endpoint_id_578bda39_fk_api_webhookendpoint_id FOREIGN KEY (endpoint_id) REFERENCES public.api_webhookendpoint(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_orderaddress
    ADD CONSTRAINT api_orderaddress_workspace_id_e6a58491_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_quotedorder
    ADD CONSTRAINT api_quotedorder_created_by_id_710f8ecc_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_quotedorder
    ADD CONSTRAINT api_quotedorder_token_id_7dc8c0c7_fk_accounts_apitoken_id FOREIGN KEY (token_id) REFERENCES public.accounts_apitoken(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_quotedorder
    ADD CONSTRAINT api_quotedorder_workspace_id_59758b35_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookdelivery
    ADD CONSTRAINT api_webhookdelivery_endpoint_id_0a262f46_fk_api_webho FOREIGN KEY (endpoint_id) REFERENCES public.api_webhookendpoint(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookdelivery
    ADD CONSTRAINT api_webhookdelivery_event_id_93be418e_fk_api_webhookevent_id FOREIGN KEY (event_id) REFERENCES public.api_webhookevent(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookdelivery
    ADD CONSTRAINT api_webhookdelivery_workspace_id_ae2336f1_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookendpoint
    ADD CONSTRAINT api_webhookendpoint_created_by_id_6472574c_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookendpoint
    ADD CONSTRAINT api_webhookendpoint_workspace_id_534a233c_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_webhookevent
    ADD CONSTRAINT api_webhookevent_workspace_id_25793b27_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_workspacesecret
    ADD CONSTRAINT api_workspacesecret_workspace_id_d6b6bbe3_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_autotopup
    ADD CONSTRAINT billing_autotopup_consented_by_id_aa1fb26d_fk_accounts_user_id FOREIGN KEY (consented_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_autotopup
    ADD CONSTRAINT billing_autotopup_pack_id_6d01ff7e_fk_billing_creditpack_slug FOREIGN KEY (pack_id) REFERENCES public.billing_creditpack(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_autotopup
    ADD CONSTRAINT billing_autotopup_workspace_id_28f7497a_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_balancealert
    ADD CONSTRAINT billing_balancealert_workspace_id_53b1fa8f_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_cap
    ADD CONSTRAINT billing_cap_workspace_id_7da01ba6_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_checkoutpause
    ADD CONSTRAINT billing_checkoutpaus_workspace_id_a9edec6f_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_checkoutpause
    ADD CONSTRAINT billing_checkoutpause_lifted_by_id_54d3c84b_fk_accounts_user_id FOREIGN KEY (lifted_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_creditrequest
    ADD CONSTRAINT billing_creditreques_decided_by_id_bea49604_fk_accounts_ FOREIGN KEY (decided_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_creditrequest
    ADD CONSTRAINT billing_creditreques_workspace_id_d05f5784_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_creditrequest
    ADD CONSTRAINT billing_creditrequest_asked_by_id_cc9d164a_fk_accounts_user_id FOREIGN KEY (asked_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_customer
    ADD CONSTRAINT billing_customer_workspace_id_40b42621_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_dailyuse
    ADD CONSTRAINT billing_dailyuse_workspace_id_af79e822_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_decline
    ADD CONSTRAINT billing_decline_page_id_19846deb_fk_billing_paymentpage_id FOREIGN KEY (page_id) REFERENCES public.billing_paymentpage(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_decline
    ADD CONSTRAINT billing_decline_workspace_id_fa9471bc_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_dispute
    ADD CONSTRAINT billing_dispute_evidence_sent_by_id_257bfed7_fk_accounts_ FOREIGN KEY (evidence_sent_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_dispute
    ADD CONSTRAINT billing_dispute_purchase_id_99f969a7_fk_billing_purchase_id FOREIGN KEY (purchase_id) REFERENCES public.billing_purchase(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_fraudwarning
    ADD CONSTRAINT billing_fraudwarning_purchase_id_887fec0a_fk_billing_p FOREIGN KEY (purchase_id) REFERENCES public.billing_purchase(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_hold
    ADD CONSTRAINT billing_hold_workspace_id_c3a848a3_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_packoffer
    ADD CONSTRAINT billing_packoffer_pack_id_b0706f1f_fk_billing_creditpack_slug FOREIGN KEY (pack_id) REFERENCES public.billing_creditpack(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_packoffer
    ADD CONSTRAINT billing_packoffer_tier_id_d7ebfd60_fk_billing_pricingtier_slug FOREIGN KEY (tier_id) REFERENCES public.billing_pricingtier(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_paymentpage
    ADD CONSTRAINT billing_paymentpage_purchase_id_3a03b228_fk_billing_purchase_id FOREIGN KEY (purchase_id) REFERENCES public.billing_purchase(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_paymentpage
    ADD CONSTRAINT billing_paymentpage_workspace_id_1f8c2eb6_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_provenwallet
    ADD CONSTRAINT billing_provenwallet_workspace_id_3f937fa1_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_purchase
    ADD CONSTRAINT billing_purchase_created_by_id_dfe95de2_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_purchase
    ADD CONSTRAINT billing_purchase_workspace_id_1c06d088_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_approved_by_id_11a382a8_fk_accounts_user_id FOREIGN KEY (approved_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_made_by_id_98fede7a_fk_accounts_user_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refund
    ADD CONSTRAINT billing_refund_purchase_id_8a471d2d_fk_billing_purchase_id FOREIGN KEY (purchase_id) REFERENCES public.billing_purchase(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundreques_decided_by_id_b501266a_fk_accounts_ FOREIGN KEY (decided_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundreques_purchase_id_c221c210_fk_billing_p FOREIGN KEY (purchase_id) REFERENCES public.billing_purchase(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundrequest_asked_by_id_e080185b_fk_accounts_user_id FOREIGN KEY (asked_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_refundrequest
    ADD CONSTRAINT billing_refundrequest_refund_id_edf7dce7_fk_billing_refund_id FOREIGN KEY (refund_id) REFERENCES public.billing_refund(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_tierassignment
    ADD CONSTRAINT billing_tierassignme_assigned_by_id_4f5c7194_fk_accounts_ FOREIGN KEY (assigned_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_tierassignment
    ADD CONSTRAINT billing_tierassignme_tier_id_9fcf8ecb_fk_billing_p FOREIGN KEY (tier_id) REFERENCES public.billing_pricingtier(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_tierassignment
    ADD CONSTRAINT billing_tierassignme_workspace_id_b1bf5a2a_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_transfer
    ADD CONSTRAINT billing_transfer_hold_id_48995044_fk_billing_hold_id FOREIGN KEY (hold_id) REFERENCES public.billing_hold(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_transfer
    ADD CONSTRAINT billing_transfer_workspace_id_f4e476d7_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_wallet
    ADD CONSTRAINT billing_wallet_workspace_id_07a6cd6a_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.billing_walletatclose
    ADD CONSTRAINT billing_walletatclos_workspace_id_455c27dc_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.gallery_favorite
    ADD CONSTRAINT gallery_favorite_image_id_cda9d339_fk_generation_image_id FOREIGN KEY (image_id) REFERENCES public.generation_image(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.gallery_favorite
    ADD CONSTRAINT gallery_favorite_user_id_ef4b1668_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.gallery_favorite
    ADD CONSTRAINT gallery_favorite_workspace_id_e32d8869_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.gallery_wording
    ADD CONSTRAINT gallery_wording_generation_id_e1172019_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_allowance
    ADD CONSTRAINT generation_allowance_workspace_id_d0bdaec6_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_appeal
    ADD CONSTRAINT generation_appeal_generation_id_d6c97e42_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_appeal
    ADD CONSTRAINT generation_appeal_workspace_id_114cca8a_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_appealdecision
    ADD CONSTRAINT generation_appealdec_appeal_id_18950a12_fk_generatio FOREIGN KEY (appeal_id) REFERENCES public.generation_appeal(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_appealdecision
    ADD CONSTRAINT generation_appealdec_workspace_id_466ee965_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_archive
    ADD CONSTRAINT generation_archive_batch_id_24c29a63_fk_generation_batch_id FOREIGN KEY (batch_id) REFERENCES public.generation_batch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_archive
    ADD CONSTRAINT generation_archive_workspace_id_bae6cc52_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT generation_attempt_image_id_fe2ed96e_fk_generation_image_id FOREIGN KEY (image_id) REFERENCES public.generation_image(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT generation_attempt_model_id_7128fb43_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT generation_attempt_provider_id_dae30a2b_fk_generatio FOREIGN KEY (provider_id) REFERENCES public.generation_provider(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_attempt
    ADD CONSTRAINT generation_attempt_workspace_id_c62ed4ca_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_batch
    ADD CONSTRAINT generation_batch_workspace_id_3338dd2f_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_batchrow
    ADD CONSTRAINT generation_batchrow_batch_id_2ccf97c4_fk_generation_batch_id FOREIGN KEY (batch_id) REFERENCES public.generation_batch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_batchrow
    ADD CONSTRAINT generation_batchrow_generation_id_3108802f_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_batchrow
    ADD CONSTRAINT generation_batchrow_workspace_id_498a47c2_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_circuit
    ADD CONSTRAINT generation_circuit_provider_id_e0cbcf08_fk_generatio FOREIGN KEY (provider_id) REFERENCES public.generation_provider(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_dailytestimages
    ADD CONSTRAINT generation_dailytest_workspace_id_f0596fac_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_dailyusage
    ADD CONSTRAINT generation_dailyusag_workspace_id_4f8fd72e_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_derivation
    ADD CONSTRAINT generation_derivatio_workspace_id_65ddf032_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_derivation
    ADD CONSTRAINT generation_derivation_image_id_8222f3a6_fk_generation_image_id FOREIGN KEY (image_id) REFERENCES public.generation_image(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_endingnotice
    ADD CONSTRAINT generation_endingnot_model_id_b68ca00f_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_endingnotice
    ADD CONSTRAINT generation_endingnot_workspace_id_722dfb59_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_enduser
    ADD CONSTRAINT generation_enduser_workspace_id_bb24e9ae_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_event
    ADD CONSTRAINT generation_event_generation_id_7c53e847_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_event
    ADD CONSTRAINT generation_event_image_id_a39567bb_fk_generation_image_id FOREIGN KEY (image_id) REFERENCES public.generation_image(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_event
    ADD CONSTRAINT generation_event_workspace_id_0cc0f9be_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_expectedcost
    ADD CONSTRAINT generation_expectedc_model_id_60f079ba_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generatio_batch_row_id_39a953bf_fk_generatio FOREIGN KEY (batch_row_id) REFERENCES public.generation_batchrow(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generatio_model_id_01e6fb5a_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generatio_style_version_id_f40f624a_fk_generatio FOREIGN KEY (style_version_id) REFERENCES public.generation_styleversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generatio_workspace_id_7322b08e_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_generation
    ADD CONSTRAINT generation_generation_batch_id_ff2a7197_fk_generation_batch_id FOREIGN KEY (batch_id) REFERENCES public.generation_batch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_image
    ADD CONSTRAINT generation_image_generation_id_026e0781_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_image
    ADD CONSTRAINT generation_image_workspace_id_112e8d30_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_imagemodel
    ADD CONSTRAINT generation_imagemode_maker_replacement_id_29c78839_fk_generatio FOREIGN KEY (maker_replacement_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_imagemodel
    ADD CONSTRAINT generation_imagemode_provider_id_9651591a_fk_generatio FOREIGN KEY (provider_id) REFERENCES public.generation_provider(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_imagemodel
    ADD CONSTRAINT generation_imagemode_replacement_id_58e05946_fk_generatio FOREIGN KEY (replacement_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_imagemodel
    ADD CONSTRAINT generation_imagemode_shares_limits_of_id_200280a6_fk_generatio FOREIGN KEY (shares_limits_of_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_modelhealth
    ADD CONSTRAINT generation_modelheal_model_id_195996ad_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_modelpreference
    ADD CONSTRAINT generation_modelpref_workspace_id_a25d9c6f_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_modelprice
    ADD CONSTRAINT generation_modelpric_model_id_ecc2a8dc_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_modelprice
    ADD CONSTRAINT generation_modelpric_tier_id_e5cc4d7a_fk_billing_p FOREIGN KEY (tier_id) REFERENCES public.billing_pricingtier(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_pace
    ADD CONSTRAINT generation_pace_model_id_f133b10e_fk_generation_imagemodel_slug FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_pace
    ADD CONSTRAINT generation_pace_provider_id_6a98678c_fk_generatio FOREIGN KEY (provider_id) REFERENCES public.generation_provider(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_precheck
    ADD CONSTRAINT generation_precheck_generation_id_a9fe7085_fk_generatio FOREIGN KEY (generation_id) REFERENCES public.generation_generation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_precheck
    ADD CONSTRAINT generation_precheck_workspace_id_3818cea9_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_reference
    ADD CONSTRAINT generation_reference_created_by_id_2c878d29_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_reference
    ADD CONSTRAINT generation_reference_workspace_id_8d6df323_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_style
    ADD CONSTRAINT generation_style_current_id_e4b59f3f_fk_generatio FOREIGN KEY (current_id) REFERENCES public.generation_styleversion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_style
    ADD CONSTRAINT generation_style_workspace_id_d941ac35_fk_accounts_workspace_id FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_styleversion
    ADD CONSTRAINT generation_stylevers_style_id_cd689338_fk_generatio FOREIGN KEY (style_id) REFERENCES public.generation_style(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_styleversion
    ADD CONSTRAINT generation_stylevers_workspace_id_8f9caf76_fk_accounts_ FOREIGN KEY (workspace_id) REFERENCES public.accounts_workspace(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_unitcost
    ADD CONSTRAINT generation_unitcost_model_id_73d950c3_fk_generatio FOREIGN KEY (model_id) REFERENCES public.generation_imagemodel(slug) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.mfa_authenticator
    ADD CONSTRAINT mfa_authenticator_user_id_0c3a50c0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.procrastinate_events
    ADD CONSTRAINT procrastinate_events_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.procrastinate_jobs
    ADD CONSTRAINT procrastinate_jobs_worker_id_fkey FOREIGN KEY (worker_id) REFERENCES public.procrastinate_workers(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.procrastinate_periodic_defers
    ADD CONSTRAINT procrastinate_periodic_defers_job_id_fkey FOREIGN KEY (job_id) REFERENCES public.procrastinate_jobs(id);

ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_user_id_af5e0a6d_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0002_email_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0003_alter_emailaddress_create_unique_verified_email', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0004_alter_emailaddress_drop_unique_email', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0005_emailaddress_idx_upper_email', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0006_emailaddress_lower', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0007_emailaddress_idx_email', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0008_emailaddress_unique_primary_email_fixup', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('account', '0009_emailaddress_unique_primary_email', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0002_audit_trigger', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0003_address_change', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0004_membership_entered', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0005_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0006_audit_target', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0007_redundant_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0008_token_bigint', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0009_webhooks', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0010_worlds', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0011_worlds_valid', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0012_spending', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0013_token_rotation', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0014_clients', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('accounts', '0015_test_world_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('admin', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('admin', '0002_logentry_remove_auto_add', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('admin', '0003_logentry_add_action_flag_choices', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0002_rate', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0003_call', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0004_call_reading', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0005_call_is_a_key', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0006_key_of_a_mode', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0007_reads_and_writes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0008_redundant_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0009_lost_answers', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0010_lost_answers_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0011_webhooks', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0012_spend_alert', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0013_quotes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0014_addresses_of_orders', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('api', '0015_host_of_orders_once', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0002_alter_permission_name_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0003_alter_user_email_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0004_alter_user_username_opts', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0005_alter_user_last_login_null', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0006_require_contenttypes_0002', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0007_alter_validators_add_error_messages', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0008_alter_user_username_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0009_alter_user_last_name_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0010_alter_group_name_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0011_update_proxy_permissions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('auth', '0012_alter_user_first_name_max_length', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0002_ledger_functions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0003_customer_dispute_receipt', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0004_seed', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0005_refund_request_key', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0006_top_up_and_proof', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0007_welcome_gift', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0008_refund_approval', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0009_dispute_evidence', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0010_stripe_fees', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0011_card_testing', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0012_credit_approval', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0013_top_up_consent', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0014_unkind_stripe', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0015_separate_limits', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0016_pack_summaries', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0017_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0018_debt_write_off', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0019_search_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0020_closed_days', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0021_lots_index', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0022_redundant_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0023_dispute_defaults', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0024_real_stripe', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0025_stripe_keys_index', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0026_wallet_last_transfer', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0027_constraints', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0028_constraints_valid', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0029_proven_point', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0030_caps_and_clients', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0031_caps_and_clients_valid', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('billing', '0032_test_world_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('config', '0001_backups', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('contenttypes', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('contenttypes', '0002_remove_content_type_name', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0002_wording', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0003_wording_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0004_wording_old', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0005_redundant_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('gallery', '0006_test_worlds', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0002_engine', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0003_functions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0004_partials', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0005_claim', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0006_style_batch', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0007_style_batch_functions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0008_deliver', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0009_ending_notice', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0010_image_sha256', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0011_provider_health', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0012_attempt_lately', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0013_circuit', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0014_moderation', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0015_open_requests', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0016_tier_in_force', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0017_first_failures', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0018_close', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0019_batch_cancel', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0020_model_denied', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0021_size_classes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0022_prices_by_size', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0023_claim_order', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0024_adopt_functions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0025_help_texts', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0026_daily_test_images', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0027_row_faults', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0028_upstream_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0029_maker_replacement', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0030_store_circuit', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0031_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0032_attempt_upstream', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0033_daily_sums', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0034_shared_limits', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0035_limits_of_gpt_image', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0036_announce_after_commit', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0037_redundant_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0038_image_provider', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0039_image_indexes', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0040_constraints', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0041_constraints_valid', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0042_small_versions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0043_files_to_remove', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0044_labels_and_seeds', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0045_finding_orders', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('generation', '0046_test_world_words', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('mfa', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('mfa', '0002_authenticator_timestamps', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('mfa', '0003_authenticator_type_uniq', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0002_drop_started_at_column', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0003_drop_started_at_column', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0004_drop_procrastinate_version_table', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0005_fix_procrastinate_fetch_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0006_fix_trigger_status_events_insert', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0007_add_queueing_lock_column', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0008_close_fetch_job_race_condition', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0009_add_defer_job_function', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0010_add_procrastinate_periodic_defers', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0011_add_foreign_key_index', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0012_add_locks_to_periodic_defer', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0013_fix_procrastinate_defer_periodic_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0014_add_finish_job_and_retry_job_functions', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0015_add_trigger_on_job_deletion', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0016_delete_finished_jobs', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0017_add_checks_to_finish_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0018_add_checks_to_retry_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0019_fix_finish_job_compat_issue', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0020_add_index_on_procrastinate_jobs', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0021_add_kwargs_to_defer_periodic_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0022_null_locks_excluded', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0023_remove_old_finish_job_function', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0024_job_id_bigint', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0025_add_models', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0026_add_job_priority', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0027_add_periodic_job_priority', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0028_add_cancel_states', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0029_add_additional_params_to_retry_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0030_alter_procrastinateevent_options', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0031_add_indexes_for_fetch_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0032_pre_cancel_notification', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0033_post_cancel_notification', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0034_pre_add_heartbeat', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0035_post_add_heartbeat', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0036_add_worker_model', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0037_pre_batch_defer_jobs', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0038_post_batch_defer_jobs', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0039_pre_priority_lock_fetch_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0040_pre_retry_failed_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('procrastinate', '0041_post_retry_failed_job', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', 'epoch');
INSERT INTO public.django_migrations (app, name, applied) VALUES ('usersessions', '0001_initial', 'epoch');
