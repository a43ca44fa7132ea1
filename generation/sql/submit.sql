-- Writes a generation with its images, gives jobs to those that may run now, and announces it. `p_image` is the
-- row of one image; `p_images` are their ids in order. False, and nothing written, where the workspace's request key
-- is taken. The caller has held the credits in the same transaction, before: the wallet is the hot row. Columns are
-- named: those that this file doesn't know keep their defaults. A column that the release before doesn't send needs
-- its default here, as `metadata` has, for that release's processes call this text, too.
CREATE OR REPLACE FUNCTION generation_submit(
    p_generation jsonb, p_image jsonb, p_images uuid[], p_event jsonb
) RETURNS boolean LANGUAGE plpgsql AS $$
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
