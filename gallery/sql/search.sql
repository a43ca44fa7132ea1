-- What the gallery searches: the words of the prompt, and beside them, as tokens that no word can be, whose generation
-- it is, its model and its shape. One GIN index then answers "these words, in this workspace, by this model" by itself.
-- The column belongs to the gallery alone; the engine neither reads nor writes it.
ALTER TABLE generation_generation ADD COLUMN search tsvector GENERATED ALWAYS AS (
    to_tsvector('english', prompt) || array_to_tsvector(ARRAY[
        'w:' || replace(workspace_id::text, '-', ''),
        'm:' || model_id,
        's:' || CASE WHEN width > height THEN 'wide' WHEN width < height THEN 'tall' WHEN width = height THEN 'square' ELSE 'free' END
    ])
) STORED;

CREATE INDEX generation_search ON generation_generation USING gin (search);
