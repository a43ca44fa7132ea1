-- The pricing tier in force for a workspace: that of the latest assignment that has taken effect, or the default tier.
-- In PL/pgSQL, since sessions keep its plan: the same in SQL is inlined into each query and planned with it every time.
CREATE OR REPLACE FUNCTION billing_tier(p_workspace uuid)
RETURNS SETOF billing_pricingtier LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY SELECT tier.* FROM billing_pricingtier AS tier
    WHERE tier.slug = coalesce(
        (SELECT tier_id FROM billing_tierassignment
         WHERE workspace_id = p_workspace AND effective_at <= statement_timestamp()
         ORDER BY effective_at DESC, id DESC LIMIT 1),
        (SELECT slug FROM billing_pricingtier WHERE is_default)
    );
END $$;
