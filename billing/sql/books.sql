-- What must be true between the ledger and the rows that say why credits moved: (kind, difference).
-- Part of `manage.py reconcile`; unlike the invariants, some of these may be true for a moment while work is under way.

-- Credits taken back from a purchase are those that the money which went back stands for
WITH money AS (
    SELECT p.id, p.credits, p.amount + p.tax AS total,
           least(p.amount + p.tax,
                 coalesce((SELECT sum(amount) FROM billing_refund WHERE purchase_id = p.id AND status <> 'failed'), 0)
                 + coalesce((SELECT sum(gone) FROM billing_dispute WHERE purchase_id = p.id), 0)
           ) AS back,
           coalesce((SELECT sum(amount) FROM billing_refund WHERE purchase_id = p.id AND status <> 'failed'), 0) AS refunded,
           coalesce((SELECT sum(CASE kind WHEN 'reverse' THEN amount WHEN 'restore' THEN -amount ELSE 0 END)
                     FROM billing_transfer WHERE reference = 'purchase:' || p.id), 0) AS taken
    FROM billing_purchase AS p WHERE p.status = 'paid'
)
SELECT 'taken back', format('purchase %s: %s credits were taken back, %s stand for the %s cents that went back', id,
                            taken, (2 * back * credits + total) / (2 * total), back)
FROM money WHERE taken <> (2 * back * credits + total) / (2 * total)

UNION ALL
SELECT 'refunded too much', format('purchase %s: %s cents refunded of %s paid', id, refunded, total)
FROM money WHERE refunded > total

UNION ALL
SELECT 'parked', format('refund %s came before its purchase and was not attached to it', r.stripe_id)
FROM billing_refund AS r JOIN billing_purchase AS p USING (payment_intent)
WHERE r.purchase_id IS NULL AND p.status = 'paid'

UNION ALL
SELECT 'parked', format('dispute %s came before its purchase and was not attached to it', d.stripe_id)
FROM billing_dispute AS d JOIN billing_purchase AS p USING (payment_intent)
WHERE d.purchase_id IS NULL AND p.status = 'paid'

UNION ALL
SELECT 'freeze', format('dispute %s is %s, but %s credits are still set aside for it', d.stripe_id, d.status,
                        h.amount - h.captured - h.released)
FROM billing_dispute AS d JOIN billing_hold AS h ON h.reference LIKE 'dispute:%' AND split_part(h.reference, ':', 2) = d.stripe_id
WHERE h.ended_at IS NULL AND d.status IN ('won', 'lost', 'warning_closed', 'prevented')
    AND NOT (d.status = 'won' AND coalesce(d.withdrawn, 0) <> 0)

UNION ALL
SELECT 'freeze', format('hold %s is for a dispute that nobody knows', reference)
FROM billing_hold
WHERE reference LIKE 'dispute:%' AND ended_at IS NULL
    AND NOT EXISTS (SELECT FROM billing_dispute WHERE stripe_id = split_part(reference, ':', 2))

UNION ALL
SELECT 'stuck', format('purchase %s has been %s since %s', id, status, created_at::date)
FROM billing_purchase
WHERE (status = 'pending' AND created_at < now() - interval '2 days')
    OR (status = 'processing' AND created_at < now() - interval '15 days')

UNION ALL
SELECT 'stuck', format('refund %s has been under way since %s', coalesce(stripe_id, id::text), created_at::date)
FROM billing_refund WHERE status = 'pending' AND created_at < now() - interval '15 days'

UNION ALL
SELECT 'unsent', format('refund %s was never sent to Stripe', id)
FROM billing_refund
WHERE stripe_id IS NULL AND status <> 'failed' AND created_at < now() - interval '1 hour'

UNION ALL
SELECT 'review', format('purchase %s waits for a person: %s', id, review_reason)
FROM billing_purchase WHERE status = 'review'

UNION ALL
SELECT 'review', format('dispute %s is in %s, and what it has moved is not known in %s: compare its credits at Stripe', d.stripe_id,
                        d.currency, p.currency)
FROM billing_dispute AS d JOIN billing_purchase AS p ON p.id = d.purchase_id
WHERE d.withdrawn IS NULL AND d.currency <> '' AND d.currency <> p.currency

UNION ALL
SELECT 'receipt', format('purchase %s was paid on %s and has no receipt', id, paid_at::date)
FROM billing_purchase
WHERE status = 'paid' AND receipt_sent_at IS NULL AND paid_at < now() - interval '1 day'
    AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')

UNION ALL
SELECT 'payment', format('purchase %s is paid and does not say by which payment', id)
FROM billing_purchase
WHERE status = 'paid' AND payment_intent IS NULL
    AND workspace_id NOT IN (SELECT id FROM accounts_workspace WHERE mode = 'test')
