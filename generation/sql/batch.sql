-- Orders of a batch, many at a time.

-- Writes generations with their images and gives jobs to those that may run now. The caller has held the credits of
-- all of them in the same transaction, before. Nothing is announced: who watches a batch counts its rows. Returns
-- how many images there are. Columns are named, as in `generation_submit`.
CREATE OR REPLACE FUNCTION generation_submit_batch(
    p_workspace uuid, p_generations jsonb, p_images jsonb
) RETURNS integer LANGUAGE plpgsql AS $$
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
