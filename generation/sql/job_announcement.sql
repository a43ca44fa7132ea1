-- Has new jobs announced to workers (`core.database.announcements`), once for all of one queue that a statement inserts.
-- In place of procrastinate's own trigger, whose NOTIFY would be a part of the transaction that inserts them. Payload and
-- channels are procrastinate's; its workers use of a payload no more than its type.
CREATE OR REPLACE FUNCTION generation_announce_jobs() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE OR REPLACE TRIGGER generation_announce_jobs AFTER INSERT ON procrastinate_jobs
    REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION generation_announce_jobs();
