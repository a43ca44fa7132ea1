-- The job that makes an image, as procrastinate's own functions take it: ids only, since arguments are plain JSON.
CREATE OR REPLACE FUNCTION generation_job(
    p_image uuid, p_lane integer, p_at timestamptz DEFAULT NULL
) RETURNS procrastinate_job_to_defer_v1 LANGUAGE sql IMMUTABLE AS $$
    SELECT ROW(
        'images', 'generation.tasks.run_image', -p_lane, NULL, NULL, jsonb_build_object('image_id', p_image), p_at
    )::procrastinate_job_to_defer_v1
$$;
