-- Make an automatic purchase, if what it costs and gives is what the workspace's owner agreed to: the consent is read by the
-- statement that makes what will be charged, so no price that changes beside it can slip in between.
INSERT INTO billing_purchase (
    id, workspace_id, created_by_id, pack_slug, pack_name, quantity, credits, amount, tax, currency, status, review_reason,
    checkout_url, receipt_url, invoice_url, invoice_number, card, livemode, is_automatic, saved_card, charge_key, created_at
)
SELECT
    %(id)s, agreed.workspace_id, agreed.consented_by_id, agreed.pack_id, %(name)s, 1, %(credits)s, %(amount)s, 0, %(currency)s,
    'pending', '', '', '', '', '', '', %(livemode)s, true, agreed.payment_method, %(key)s, %(now)s
FROM billing_autotopup AS agreed
WHERE agreed.workspace_id = %(workspace)s AND agreed.is_on AND agreed.paused_at IS NULL
    AND agreed.pack_id = %(pack)s AND agreed.agreed_amount >= %(amount)s AND agreed.agreed_credits <= %(credits)s
