-- The credit ledger's verbs. `billing/ledger/__init__.py` calls them, nothing else does; `migrate` installs this file.
--
-- Rules that hold in every function:
-- * The wallet's row is the first thing locked, then the hold's, then the token's, then the caps'. One order, so no
--   deadlock, and whatever happens to one workspace happens one after the other. What moves between two wallets locks
--   both first, the one with the smaller id before the other.
-- * Under that lock each statement sees what the last holder of the lock committed (READ COMMITTED), so a natural
--   key that was used before is seen, and the first result is answered again.
-- * A refusal is an answer (r_outcome), not an exception: an exception would abort the caller's transaction. Whatever
--   was done before a refusal is undone by hand, which is far cheaper than a savepoint on the hot path.
-- * available and debt are never both above zero: whatever comes in pays the debt first.
-- * Transfers take their id under the lock, behind the last one's (`ledger_next`), so in one workspace ids sort in the
--   order of what happened, whatever the clock does, and available_after forms an unbroken chain.
--
-- Names: p_ is a parameter, r_ a result. Outcomes: done, again (same key, same content), conflict (same key, other
-- content), unknown, exhausted, insufficient, in_debt, suspended, locked, partner_in_debt, token_cap, spending_cap, unrelated.


-- The id of a wallet's next transfer, behind its last one: a clock that goes back (NTP, another server after a
-- failover) would else sort what happens now before what has happened, for good. Called under the wallet's lock.
CREATE OR REPLACE FUNCTION ledger_next(p_workspace uuid, p_last uuid) RETURNS uuid LANGUAGE plpgsql AS $$
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


-- The same, kept on the wallet's row: for a second transfer of one call.
CREATE OR REPLACE FUNCTION ledger_one_more(p_workspace uuid) RETURNS uuid LANGUAGE sql AS $$
    UPDATE billing_wallet SET last_transfer = ledger_next(p_workspace, last_transfer) WHERE workspace_id = p_workspace
    RETURNING last_transfer
$$;


-- One row into the append-only table.
CREATE OR REPLACE FUNCTION ledger_record(
    p_id uuid, p_workspace uuid, p_kind text, p_source text, p_target text, p_credits bigint, p_key text,
    p_reference text, p_reason text, p_hold uuid, p_actor uuid, p_token uuid, p_available_after bigint
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO billing_transfer (id, workspace_id, kind, source, target, amount, key, reference, reason, hold_id,
                                  actor_id, token_id, available_after, created_at)
    VALUES (p_id, p_workspace, p_kind, p_source, p_target, p_credits, p_key, p_reference, p_reason, p_hold,
            p_actor, p_token, p_available_after, clock_timestamp())
$$;


-- Has this key been used? 'new', or 'again' where it said the same, or 'conflict'. p_credits NULL: whatever amount.
CREATE OR REPLACE FUNCTION ledger_seen(
    p_workspace uuid, p_kind text, p_source text, p_target text, p_credits bigint, p_key text, p_reference text
) RETURNS text LANGUAGE plpgsql AS $$
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


-- Lock the wallet, which the first credit makes. An ordinary look first: an INSERT that does nothing costs a dead row.
CREATE OR REPLACE FUNCTION ledger_wallet(p_workspace uuid) RETURNS billing_wallet LANGUAGE plpgsql AS $$
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


-- Credits come to available, from a platform account or from held, and pay the debt at once: in one statement,
-- because the table's CHECK allows no credit beside a debt even for a moment. Called under the wallet's lock.
CREATE OR REPLACE FUNCTION ledger_receive(
    p_workspace uuid, p_kind text, p_source text, p_credits bigint, p_key text, p_reference text, p_reason text,
    p_hold uuid, p_actor uuid, p_token uuid
) RETURNS void LANGUAGE plpgsql AS $$
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


-- grant, sell and adjust upwards: credits come in from a platform account.
CREATE OR REPLACE FUNCTION ledger_credit(
    p_workspace uuid, p_kind text, p_source text, p_credits bigint, p_key text, p_reference text, p_reason text,
    p_actor uuid, OUT r_outcome text
) LANGUAGE plpgsql AS $$
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


-- adjust downwards: never below zero.
CREATE OR REPLACE FUNCTION ledger_debit(
    p_workspace uuid, p_kind text, p_target text, p_credits bigint, p_key text, p_reference text, p_reason text,
    p_actor uuid, OUT r_outcome text, OUT r_available bigint
) LANGUAGE plpgsql AS $$
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


-- Set credits aside for work at a moment. The decision is the first statement, the guarded UPDATE; nothing is read before
-- it. The token's cap and those of its period (caps.sql) are decided in the same call, under the wallet's lock. The reference is the natural key:
-- a second time answers the same hold. r_cap says which cap was in the way.
CREATE OR REPLACE FUNCTION ledger_hold_at(
    p_workspace uuid, p_credits bigint, p_reference text, p_actor uuid, p_token uuid, p_at timestamptz,
    OUT r_outcome text, OUT r_hold uuid, OUT r_available bigint, OUT r_debt bigint, OUT r_cap uuid
) LANGUAGE plpgsql AS $$
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


-- What forbids a workspace to spend, itself or the one above it: 'suspended' by operators, 'locked' by its own people,
-- 'partner_in_debt' where credits that it was given may be those that were taken back; NULL where nothing does.
CREATE OR REPLACE FUNCTION ledger_spending_forbidden(p_workspace uuid) RETURNS text LANGUAGE sql STABLE AS $$
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


-- As processes of the release before know it: now, and without words for caps of a period or locked spending.
CREATE OR REPLACE FUNCTION ledger_hold(
    p_workspace uuid, p_credits bigint, p_reference text, p_actor uuid, p_token uuid,
    OUT r_outcome text, OUT r_hold uuid, OUT r_available bigint, OUT r_debt bigint
) LANGUAGE sql AS $$
    SELECT CASE held.r_outcome WHEN 'spending_cap' THEN 'token_cap' WHEN 'locked' THEN 'suspended'
                WHEN 'partner_in_debt' THEN 'suspended' ELSE held.r_outcome END,
           held.r_hold, held.r_available, held.r_debt
    FROM ledger_hold_at(p_workspace, p_credits, p_reference, p_actor, p_token, clock_timestamp()) AS held
$$;


-- Set aside what there is, up to so many credits: an opened dispute. Asks nobody, answers how much.
CREATE OR REPLACE FUNCTION ledger_freeze(
    p_workspace uuid, p_credits bigint, p_reference text, p_reason text, p_actor uuid,
    OUT r_outcome text, OUT r_frozen bigint
) LANGUAGE plpgsql AS $$
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


-- Use held credits up: something was delivered.
CREATE OR REPLACE FUNCTION ledger_capture(
    p_hold_reference text, p_credits bigint, p_key text, p_about text, p_reason text, OUT r_outcome text
) LANGUAGE plpgsql AS $$
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


-- Give held credits back; p_credits NULL means all that remains, which may be nothing.
CREATE OR REPLACE FUNCTION ledger_release(
    p_hold_reference text, p_credits bigint, p_key text, p_about text, p_reason text,
    OUT r_outcome text, OUT r_released bigint
) LANGUAGE plpgsql AS $$
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


-- Take credits back: first what is available, the rest becomes debt. Two transfers, keys p_key and p_key:debt.
CREATE OR REPLACE FUNCTION ledger_reverse(
    p_workspace uuid, p_credits bigint, p_target text, p_key text, p_reference text, p_reason text, p_actor uuid,
    OUT r_outcome text, OUT r_taken bigint, OUT r_debt bigint
) LANGUAGE plpgsql AS $$
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


-- Undo a reversal: a refund failed, a dispute was won after all. What it took comes back, debt first. Its own key is
-- made from the reversal's, so a reversal is undone once.
CREATE OR REPLACE FUNCTION ledger_restore(
    p_workspace uuid, p_reversal_key text, p_reason text, p_actor uuid,
    OUT r_outcome text, OUT r_restored bigint
) LANGUAGE plpgsql AS $$
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


-- The platform gives a debt up.
CREATE OR REPLACE FUNCTION ledger_write_off(
    p_workspace uuid, p_credits bigint, p_key text, p_reference text, p_reason text, p_actor uuid,
    OUT r_outcome text, OUT r_debt bigint
) LANGUAGE plpgsql AS $$
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


-- Move credits between a partner's wallet and its client's, either way: out of one into the account `clients`, and from there
-- into the other, which pays a debt. Two transfers, keys p_key and p_key:in. p_credits NULL: all that is available.
CREATE OR REPLACE FUNCTION ledger_move(
    p_from uuid, p_to uuid, p_credits bigint, p_key text, p_reason text, p_actor uuid, p_token uuid,
    OUT r_outcome text, OUT r_moved bigint, OUT r_available bigint, OUT r_debt bigint
) LANGUAGE plpgsql AS $$
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


-- What is written stays written.
CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is append-only: % on % is refused. Correct it with a new transfer.',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

CREATE OR REPLACE TRIGGER transfer_never_changes BEFORE UPDATE OR DELETE ON billing_transfer
FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER transfer_never_emptied BEFORE TRUNCATE ON billing_transfer
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- A hold that ended is history; what a hold is for and how much it is never changes.
CREATE OR REPLACE TRIGGER hold_ends_once BEFORE UPDATE ON billing_hold
FOR EACH ROW WHEN (
    OLD.ended_at IS NOT NULL
    OR (OLD.id, OLD.workspace_id, OLD.reference, OLD.amount)
        IS DISTINCT FROM (NEW.id, NEW.workspace_id, NEW.reference, NEW.amount)
    OR NEW.captured < OLD.captured OR NEW.released < OLD.released
) EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER hold_never_deleted BEFORE DELETE ON billing_hold
FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER hold_never_emptied BEFORE TRUNCATE ON billing_hold
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER wallet_never_deleted BEFORE DELETE ON billing_wallet
FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();

CREATE OR REPLACE TRIGGER wallet_never_emptied BEFORE TRUNCATE ON billing_wallet
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();


-- A transfer's hold is of its own workspace, whoever writes it; a hold's workspace never changes (`hold_ends_once`).
-- By the primary key alone: with two columns it would be planned anew each time, which takes longer than the transfer.
CREATE OR REPLACE FUNCTION ledger_same_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER transfer_in_its_workspace BEFORE INSERT ON billing_transfer
FOR EACH ROW WHEN (NEW.hold_id IS NOT NULL) EXECUTE FUNCTION ledger_same_workspace();
