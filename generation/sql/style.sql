-- A version of a style stays as it was written: images say which one they were made with. Only who wrote it may be
-- forgotten.
CREATE OR REPLACE FUNCTION generation_style_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_by_id := OLD.created_by_id;
    IF NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'A version of a style is never changed; write a new one.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER style_version_stays AFTER UPDATE ON generation_styleversion
FOR EACH ROW EXECUTE FUNCTION generation_style_version_stays();
