-- Add what moved between two points to what each workspace had at the first. Parameters: first and until, ids of transfers.

INSERT INTO billing_provenwallet AS proven (workspace_id, available, held, debt)
SELECT workspace_id,
       sum(CASE WHEN target = 'available' THEN amount WHEN source = 'available' THEN -amount ELSE 0 END),
       sum(CASE WHEN target = 'held' THEN amount WHEN source = 'held' THEN -amount ELSE 0 END),
       sum(CASE WHEN source = 'debt' THEN amount WHEN target = 'debt' THEN -amount ELSE 0 END)
FROM billing_transfer WHERE id >= %(first)s AND id < %(until)s GROUP BY workspace_id
ON CONFLICT (workspace_id) DO UPDATE SET available = proven.available + excluded.available,
    held = proven.held + excluded.held, debt = proven.debt + excluded.debt
