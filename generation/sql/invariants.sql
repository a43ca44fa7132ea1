-- What must be true between images and credits: (invariant, violation). Registered with billing.reconciliation.invariants.
--
-- From the proven point on, as billing/sql/invariants.sql: images that were ordered since, and those of holds that may have
-- changed since.

WITH ordered AS NOT MATERIALIZED (
    -- What a hold is for: a generation or a batch
    SELECT id, ended_at, amount - captured - released AS kept, split_part(reference, ':', 1) AS kind,
           CASE WHEN pg_input_is_valid(split_part(reference, ':', 2), 'uuid') THEN split_part(reference, ':', 2)::uuid END AS about
    FROM billing_hold
),
touched AS ({touched}),
settled AS NOT MATERIALIZED (
    SELECT id, status, credits FROM generation_image WHERE id >= {first}
    UNION ALL (
        SELECT i.id, i.status, i.credits
        FROM touched JOIN ordered AS h USING (id) JOIN generation_image AS i ON h.kind = 'generation' AND i.generation_id = h.about
        WHERE i.id < {first} AND {first} > {nothing}
        UNION
        SELECT i.id, i.status, i.credits
        FROM touched JOIN ordered AS h USING (id) JOIN generation_generation AS g ON h.kind = 'batch' AND g.batch_id = h.about
        JOIN generation_image AS i ON i.generation_id = g.id
        WHERE i.id < {first} AND {first} > {nothing}
    )
)

-- I7: what is finished holds nothing any more
SELECT 'I7', format('generation %s is %s and still holds %s credits', g.id, g.status, h.kept)
FROM ordered AS h JOIN generation_generation AS g ON h.kind = 'generation' AND g.id = h.about
WHERE h.ended_at IS NULL AND g.status IN ('succeeded', 'partial', 'failed', 'canceled')

UNION ALL
SELECT 'I7', format('batch %s is %s and still holds %s credits', b.id, b.status, h.kept)
FROM ordered AS h JOIN generation_batch AS b ON h.kind = 'batch' AND b.id = h.about
WHERE h.ended_at IS NULL AND b.status IN ('succeeded', 'partial', 'failed', 'canceled')

UNION ALL
-- I8: a stored image was charged once, with its part of the quote
SELECT 'I8', format('image %s is stored and costs %s credits; charged %s in %s transfers', i.id, i.credits,
                    coalesce(sum(t.amount), 0), count(t.id))
FROM settled AS i
LEFT JOIN billing_transfer AS t ON t.reference = 'image:' || i.id AND t.kind = 'capture'
WHERE i.status = 'stored' AND i.credits > 0
GROUP BY i.id, i.credits HAVING count(t.id) <> 1 OR sum(t.amount) <> i.credits

UNION ALL
-- I8: an image that is not there was not charged
SELECT 'I8', format('image %s is %s and was charged %s credits', i.id, i.status, t.amount)
FROM billing_transfer AS t JOIN generation_image AS i
    ON i.id = CASE WHEN pg_input_is_valid(substr(t.reference, 7), 'uuid') THEN substr(t.reference, 7)::uuid END
WHERE t.id >= {first} AND t.kind = 'capture' AND t.reference LIKE 'image:%' AND i.status <> 'stored'

UNION ALL
-- I11: what belongs to something is of the same workspace
SELECT 'I11', format('image %s is of workspace %s, its generation of %s', i.id, i.workspace_id, g.workspace_id)
FROM generation_image AS i JOIN generation_generation AS g ON g.id = i.generation_id
WHERE i.workspace_id <> g.workspace_id AND i.id >= {first}

UNION ALL
SELECT 'I11', format('attempt %s is of workspace %s, its image of %s', a.id, a.workspace_id, i.workspace_id)
FROM generation_attempt AS a JOIN generation_image AS i ON i.id = a.image_id
WHERE a.workspace_id <> i.workspace_id AND a.id >= {first}

UNION ALL
SELECT 'I11', format('generation %s is of workspace %s, its batch of %s', g.id, g.workspace_id, b.workspace_id)
FROM generation_generation AS g JOIN generation_batch AS b ON b.id = g.batch_id
WHERE g.workspace_id <> b.workspace_id AND g.id >= {first}

UNION ALL
-- I11: the triggers that see to it are there and on
SELECT 'I11', format('the trigger %s is missing or switched off', wanted)
FROM unnest(ARRAY['image_in_its_workspace', 'attempt_in_its_workspace', 'generation_in_its_workspace',
                  'generation_keeps_its_workspace', 'batch_keeps_its_workspace']) AS wanted
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = wanted AND tgenabled IN ('O', 'A')
)
