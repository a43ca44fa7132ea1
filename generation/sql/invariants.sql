-- What must be true between images and credits: (invariant, violation). Registered with billing.reconciliation.invariants.

-- I7: what is finished holds nothing any more
SELECT 'I7', format('generation %s is %s and still holds %s credits', g.id, g.status,
                    h.amount - h.captured - h.released)
FROM billing_hold AS h JOIN generation_generation AS g ON h.reference = 'generation:' || g.id
WHERE h.ended_at IS NULL AND g.status IN ('succeeded', 'partial', 'failed', 'canceled')

UNION ALL
SELECT 'I7', format('batch %s is %s and still holds %s credits', b.id, b.status, h.amount - h.captured - h.released)
FROM billing_hold AS h JOIN generation_batch AS b ON left(h.reference, 42) = 'batch:' || b.id
WHERE h.ended_at IS NULL AND b.status IN ('succeeded', 'partial', 'failed', 'canceled')

UNION ALL
-- I8: a stored image was charged once, with its part of the quote
SELECT 'I8', format('image %s is stored and costs %s credits; charged %s in %s transfers', i.id, i.credits,
                    coalesce(sum(t.amount), 0), count(t.id))
FROM generation_image AS i
LEFT JOIN billing_transfer AS t ON t.reference = 'image:' || i.id AND t.kind = 'capture'
WHERE i.status = 'stored' AND i.credits > 0
GROUP BY i.id HAVING count(t.id) <> 1 OR sum(t.amount) <> i.credits

UNION ALL
-- I8: an image that is not there was not charged
SELECT 'I8', format('image %s is %s and was charged %s credits', i.id, i.status, t.amount)
FROM generation_image AS i JOIN billing_transfer AS t ON t.reference = 'image:' || i.id AND t.kind = 'capture'
WHERE i.status <> 'stored'

UNION ALL
-- I11: what belongs to something is of the same workspace
SELECT 'I11', format('image %s is of workspace %s, its generation of %s', i.id, i.workspace_id, g.workspace_id)
FROM generation_image AS i JOIN generation_generation AS g ON g.id = i.generation_id
WHERE i.workspace_id <> g.workspace_id

UNION ALL
SELECT 'I11', format('attempt %s is of workspace %s, its image of %s', a.id, a.workspace_id, i.workspace_id)
FROM generation_attempt AS a JOIN generation_image AS i ON i.id = a.image_id
WHERE a.workspace_id <> i.workspace_id

UNION ALL
SELECT 'I11', format('generation %s is of workspace %s, its batch of %s', g.id, g.workspace_id, b.workspace_id)
FROM generation_generation AS g JOIN generation_batch AS b ON b.id = g.batch_id
WHERE g.workspace_id <> b.workspace_id

UNION ALL
-- I11: the triggers that see to it are there and on
SELECT 'I11', format('the trigger %s is missing or switched off', wanted)
FROM unnest(ARRAY['image_in_its_workspace', 'attempt_in_its_workspace', 'generation_in_its_workspace',
                  'generation_keeps_its_workspace', 'batch_keeps_its_workspace']) AS wanted
WHERE NOT EXISTS (
    SELECT FROM pg_trigger WHERE tgname = wanted AND tgenabled IN ('O', 'A')
)
