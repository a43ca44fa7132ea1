-- The slug of the pricing tier in force for a workspace, or for the one above it, whose test world or client it is: that of the latest assignment that has taken effect, or the default
-- tier. Not the tier's whole row: a statement that waits for ALTER TABLE within a function that returns such rows
-- fails once it goes on, since it expects as many columns as there were.
-- In PL/pgSQL, since sessions keep its plan: the same in SQL is inlined into each query and planned with it every time.
CREATE OR REPLACE FUNCTION billing_tier_slug(p_workspace uuid) RETURNS varchar LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce(
        (SELECT tier_id FROM billing_tierassignment
         WHERE workspace_id = (SELECT coalesce(own.live_id, above.live_id, above.id, own.id)
                               FROM accounts_workspace AS own
                               LEFT JOIN accounts_workspace AS above ON above.id = own.parent_id
                               WHERE own.id = p_workspace)
             AND effective_at <= statement_timestamp()
         ORDER BY effective_at DESC, id DESC LIMIT 1),
        (SELECT slug FROM billing_pricingtier WHERE is_default)
    );
END $$;
