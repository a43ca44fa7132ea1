-- Keep what everybody used on a day; `summed` is usage_moved.sql, which stands before this.

INSERT INTO generation_dailyusage (workspace_id, day, actor_id, token_id, model_slug, source, images, missing, credits)
SELECT workspace_id, day, actor_id, token_id, model_slug, source, images, missing, credits FROM summed
