-- What was decided about an appeal stays as it was decided.
CREATE OR REPLACE FUNCTION generation_decision_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Decisions about appeals are kept: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE OR REPLACE TRIGGER generation_decision_append_only
    BEFORE UPDATE OR DELETE ON generation_appealdecision
    FOR EACH ROW EXECUTE FUNCTION generation_decision_append_only();
CREATE OR REPLACE TRIGGER generation_decision_no_truncate
    BEFORE TRUNCATE ON generation_appealdecision
    FOR EACH STATEMENT EXECUTE FUNCTION generation_decision_append_only();
