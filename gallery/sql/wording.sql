-- Keeps gallery_wording: what can be searched of a generation, written once, with its first stored image. Beside the
-- lexemes of the prompt stand tokens that no word can be: whose it is, its model, its shape. One GIN index then answers
-- "these words, in this workspace, by this model" by itself.
CREATE OR REPLACE FUNCTION gallery_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gallery_wording WHERE generation_id = NEW.generation_id) THEN
        RETURN NULL;
    END IF;
    INSERT INTO gallery_wording (generation_id, words, search)
    SELECT id, words, array_to_tsvector(gallery_lexemes(words) || ARRAY[
        'w:' || replace(workspace_id::text, '-', ''),
        'm:' || model_id,
        's:' || CASE
            WHEN NEW.width > NEW.height THEN 'wide' WHEN NEW.width < NEW.height THEN 'tall' ELSE 'square'
        END
    ])
    FROM generation_generation, gallery_plain(prompt) AS words
    WHERE id = NEW.generation_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER gallery_word_inserted AFTER INSERT ON generation_image
    FOR EACH ROW WHEN (NEW.status = 'stored') EXECUTE FUNCTION gallery_word();
CREATE OR REPLACE TRIGGER gallery_word_stored AFTER UPDATE OF status ON generation_image
    FOR EACH ROW WHEN (NEW.status = 'stored' AND OLD.status <> 'stored') EXECUTE FUNCTION gallery_word();
