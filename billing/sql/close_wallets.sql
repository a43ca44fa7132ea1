-- Keep where each workspace that moved stands on its line of lots at the end of a day; `points` is line.sql's.

INSERT INTO billing_walletatclose (workspace_id, position, epoch)
SELECT DISTINCT ON (workspace_id) workspace_id, position, epoch
FROM points WHERE id IS NOT NULL ORDER BY workspace_id, id DESC
ON CONFLICT (workspace_id) DO UPDATE SET position = excluded.position, epoch = excluded.epoch
