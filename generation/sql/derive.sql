-- Leases the making of a stored image's small versions to one claim, by the database's clock. Answers
--   leased  this claim makes them, until its lease ends
--   busy    another does
--   failed  another tried a moment ago, and could not
--   made    they are there
--   gone    there is no such image, or it was deleted
CREATE OR REPLACE FUNCTION generation_derive(p_image uuid, p_claim uuid, p_lease double precision)
RETURNS text LANGUAGE plpgsql AS $$
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

-- Writes down the small versions that a claim has made. False where it was too late, or the image was deleted meanwhile:
-- then its files belong to nothing. True again where an earlier call's answer was lost.
CREATE OR REPLACE FUNCTION generation_derived(
    p_image uuid, p_claim uuid, p_thumbnail text, p_medium text, p_thumbhash bytea
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM generation_derivation WHERE image_id = p_image AND claim = p_claim;
    IF FOUND THEN
        UPDATE generation_image SET thumbnail = p_thumbnail, medium = p_medium, thumbhash = p_thumbhash
        WHERE id = p_image AND deleted_at IS NULL AND thumbnail = '';
    END IF;
    RETURN EXISTS (SELECT FROM generation_image WHERE id = p_image AND thumbnail = p_thumbnail);
END $$;
