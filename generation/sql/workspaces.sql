-- What belongs to something is of the same workspace, whoever writes it: a row that says otherwise shows one customer
-- another's. Foreign keys over two columns would say the same, each with one more index on a table of millions. Asked by the
-- primary key alone: with two columns it would be planned anew each time.
CREATE OR REPLACE FUNCTION generation_same_workspace() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE FUNCTION generation_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % stays in its workspace.', TG_TABLE_NAME, OLD.id USING ERRCODE = 'foreign_key_violation';
END
$$;

CREATE OR REPLACE TRIGGER image_in_its_workspace BEFORE INSERT OR UPDATE OF workspace_id, generation_id ON generation_image
FOR EACH ROW EXECUTE FUNCTION generation_same_workspace();

CREATE OR REPLACE TRIGGER attempt_in_its_workspace BEFORE INSERT OR UPDATE OF workspace_id, image_id ON generation_attempt
FOR EACH ROW EXECUTE FUNCTION generation_same_workspace();

CREATE OR REPLACE TRIGGER generation_in_its_workspace
BEFORE INSERT OR UPDATE OF workspace_id, batch_id ON generation_generation
FOR EACH ROW WHEN (NEW.batch_id IS NOT NULL) EXECUTE FUNCTION generation_same_workspace();

CREATE OR REPLACE TRIGGER generation_keeps_its_workspace BEFORE UPDATE OF workspace_id ON generation_generation
FOR EACH ROW WHEN (NEW.workspace_id <> OLD.workspace_id) EXECUTE FUNCTION generation_refuse_move();

CREATE OR REPLACE TRIGGER batch_keeps_its_workspace BEFORE UPDATE OF workspace_id ON generation_batch
FOR EACH ROW WHEN (NEW.workspace_id <> OLD.workspace_id) EXECUTE FUNCTION generation_refuse_move();
