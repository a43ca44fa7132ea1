-- Counts so many images for a test world's day (UTC), unless that would be more than its tier allows: then
-- there is no row. The row's lock orders the transactions that order images: the limit is exact at any concurrency.
INSERT INTO generation_dailytestimages AS known (workspace_id, day, images)
SELECT %(workspace)s, (clock_timestamp() AT TIME ZONE 'UTC')::date, %(images)s
FROM billing_pricingtier AS tier
WHERE tier.slug = billing_tier_slug(%(workspace)s) AND %(images)s <= tier.test_images_per_day
ON CONFLICT (workspace_id, day) DO UPDATE SET images = known.images + excluded.images
WHERE known.images + excluded.images <= (
    SELECT test_images_per_day FROM billing_pricingtier WHERE slug = billing_tier_slug(%(workspace)s)
)
RETURNING images
