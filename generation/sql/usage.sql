-- What a workspace used on some days: closed ones as they were closed, and what has moved since; `summed` is
-- usage_moved.sql, which stands before this. Parameters: workspace, since, until (the second one excluded).

SELECT s.day, s.actor_id, coalesce(u.name, ''), coalesce(u.email, ''), s.token_id, coalesce(k.name, ''),
       s.model_slug, coalesce(m.label, ''), s.source, s.images, s.missing, s.credits
FROM (
    SELECT day, actor_id, token_id, model_slug, source, images, missing, credits
    FROM generation_dailyusage WHERE workspace_id = %(workspace)s AND day >= %(since)s AND day < %(until)s
    UNION ALL
    SELECT day, actor_id, token_id, model_slug, source, images, missing, credits FROM summed
) AS s
LEFT JOIN accounts_user AS u ON u.id = s.actor_id
LEFT JOIN accounts_apitoken AS k ON k.id = s.token_id
LEFT JOIN generation_imagemodel AS m ON m.slug = s.model_slug
ORDER BY s.day, s.credits DESC
