-- Caps on what a workspace, a member or a token may spend by day, week (from Monday) or month, in UTC, or in all.
-- What counts is held plus used, on the day of the hold; what is released is given back to that day. Everything
-- here is called under the wallet's lock; `migrate` installs this file before ledger.sql, which calls it.
--
-- A cap's row counts one period, the one that began at `since`; a hold of a later period begins the count anew. `since` never
-- goes back, whatever the clock does: a hold is dated no earlier than the periods that count it, and a new cap begins with
-- the period of the latest hold. So a hold is counted by a cap exactly where it was made at or after `since`.


-- When the period of a moment began; all time began in 1970.
CREATE OR REPLACE FUNCTION ledger_period(p_period text, p_at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_period = 'total' THEN 'epoch' ELSE date_trunc(p_period, p_at, 'UTC') END
$$;


-- The smallest id of a transfer that may belong to a hold made at this moment or later: ids begin with milliseconds, and two
-- clocks differ by less than a day.
CREATE OR REPLACE FUNCTION ledger_first_id(p_at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex((greatest(extract(epoch FROM p_at) - 86400, 0) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;


-- Whose caps count what a member and a token do in a workspace: its own, the member's, the token's, and those of the tokens
-- that made the token and of the member who did.
CREATE OR REPLACE FUNCTION ledger_cap_subjects(p_workspace uuid, p_actor uuid, p_token uuid) RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    SELECT ARRAY[p_workspace, p_actor, p_token]
        || (SELECT makers || created_by_id FROM accounts_apitoken WHERE id = p_token)
$$;


-- Is a hold somebody's spending? What is set aside for a dispute is not.
CREATE OR REPLACE FUNCTION ledger_is_spending(p_reference text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT p_reference NOT LIKE 'dispute:%'
$$;


-- Count credits against all caps that they concern, or against none: then r_cap is the one with the least left. r_at is the
-- moment that counts.
CREATE OR REPLACE FUNCTION ledger_commit_caps(
    p_workspace uuid, p_actor uuid, p_token uuid, p_credits bigint, p_at timestamptz, OUT r_at timestamptz, OUT r_cap uuid
) LANGUAGE plpgsql AS $$
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


-- Give credits back to the periods that counted them: those that had begun when they were held.
CREATE OR REPLACE FUNCTION ledger_release_caps(
    p_workspace uuid, p_actor uuid, p_token uuid, p_credits bigint, p_held_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM billing_cap WHERE workspace_id = p_workspace LIMIT 1;
    IF FOUND THEN
        UPDATE billing_cap SET committed = committed - p_credits
        WHERE workspace_id = p_workspace AND since <= p_held_at
            AND subject = ANY (ledger_cap_subjects(p_workspace, p_actor, p_token));
    END IF;
END
$$;


-- Set a cap, or take it away (p_credits NULL). A new one counts what was held in its period before.
CREATE OR REPLACE FUNCTION ledger_set_cap(
    p_workspace uuid, p_kind text, p_subject uuid, p_period text, p_credits bigint, p_at timestamptz
) RETURNS void LANGUAGE plpgsql AS $$
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
