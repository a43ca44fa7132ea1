-- Add what was held and released between two points to what each token had committed at the first. Parameters: first, until.

INSERT INTO billing_proventoken AS proven (token_id, committed)
SELECT token_id, sum(CASE kind WHEN 'hold' THEN amount ELSE -amount END)
FROM billing_transfer
WHERE id >= %(first)s AND id < %(until)s AND token_id IS NOT NULL AND kind IN ('hold', 'release') GROUP BY token_id
ON CONFLICT (token_id) DO UPDATE SET committed = proven.committed + excluded.committed
