-- Orders of a batch, many at a time.

-- Writes generations with their images and gives jobs to those that may run now. The caller has held the credits of
-- all of them in the same transaction, before. Nothing is announced: who watches a batch counts its rows. Returns
-- how many images there are.
CREATE OR REPLACE FUNCTION generation_submit_batch(
    p_workspace uuid, p_generations jsonb, p_images jsonb
) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO generation_generation
    SELECT row.* FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS row;
    UPDATE generation_batchrow AS one SET generation_id = made.id
    FROM jsonb_populate_recordset(NULL::generation_generation, p_generations) AS made
    WHERE one.id = made.batch_row_id;
    INSERT INTO generation_image
    SELECT row.* FROM jsonb_populate_recordset(NULL::generation_image, p_images) AS row;
    PERFORM generation_dispatch(p_workspace);
    RETURN jsonb_array_length(p_images);
END $$;
