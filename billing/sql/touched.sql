-- Ids of the holds that may have changed since the proven point: new ones, open ones, and those that a transfer names.
SELECT id FROM billing_hold WHERE id >= {first}
UNION ALL (
    SELECT id FROM billing_hold WHERE ended_at IS NULL AND id < {first} AND {first} > {nothing}
    UNION
    SELECT hold_id FROM billing_transfer WHERE id >= {first} AND hold_id < {first} AND {first} > {nothing}
)
