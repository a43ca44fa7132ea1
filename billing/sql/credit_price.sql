-- What a credit costs a workspace at the least, in cents: the cheapest that its tier offers, or else of the packs at list
-- price. 0 in a test world, where nothing costs money. In PL/pgSQL for the reason that tier.sql has.
CREATE OR REPLACE FUNCTION billing_credit_price(p_workspace uuid) RETURNS numeric LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts_workspace WHERE id = p_workspace AND mode = 'test') THEN
        RETURN 0;
    END IF;
    RETURN coalesce(
        (SELECT min(offer.amount::numeric / pack.credits)
         FROM billing_packoffer AS offer JOIN billing_creditpack AS pack ON pack.slug = offer.pack_id
         WHERE offer.tier_id = billing_tier_slug(p_workspace) AND pack.is_active),
        (SELECT min(amount::numeric / credits) FROM billing_creditpack WHERE is_active),
        0
    );
END $$;
