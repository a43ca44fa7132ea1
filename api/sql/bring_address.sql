-- Note the address that an order brought. The host's row can't be deleted meanwhile; nothing is written where it was.
INSERT INTO api_orderaddress (subject, workspace_id, endpoint_id, url, created_at)
SELECT %(subject)s, workspace_id, id, %(url)s, clock_timestamp()
FROM api_webhookendpoint WHERE id = %(endpoint)s AND deleted_at IS NULL
FOR SHARE
ON CONFLICT (subject) DO NOTHING
