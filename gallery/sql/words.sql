-- What the search compares: letters without case, accents, optional vowel marks and invisible characters; a single
-- space for whatever is neither letter, mark, digit nor symbol. Collations are named, so that a database of any locale
-- finds the same.
CREATE OR REPLACE FUNCTION gallery_plain(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE WHEN octet_length(words) = length(words) THEN
        btrim(regexp_replace(lower(words COLLATE "pg_unicode_fast"), '[^a-z0-9]+', ' ', 'g'))
    ELSE
        btrim(regexp_replace(normalize(translate(regexp_replace(
            casefold(normalize(words, NFKD) COLLATE "pg_unicode_fast"),
            -- Accents; marks of Hebrew and Arabic that most people leave out; joiners, directions, variants.
            '[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640'
            '\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u00ad\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e'
            '\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+', '', 'g'
        ), 'ıłøđħŧ', 'ilodht'), NFC) COLLATE "pg_unicode_fast",
        -- Symbols of ASCII separate; a space of no width and letters that stand for apostrophes do, too.
        '[[:punct:][:space:][:cntrl:]+<=>^`|~$\u200b\u02b9-\u02bd\u2044]+', ' ', 'g'))
    END
$$;

-- The stretches of plain words that are searched as one: those in scripts that put no spaces between words, and
-- emoji, apart from the others; with the stem of an English word, '' for one that says nothing ("the").
CREATE OR REPLACE FUNCTION gallery_terms(words text) RETURNS TABLE (term text, stem text)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT term, CASE WHEN term COLLATE "C" ~ '^[a-z]{1,40}$' THEN
        coalesce((ts_lexize('english_stem', term))[1], '')
    END
    FROM (
        SELECT DISTINCT found[1] AS term
        FROM regexp_matches(words COLLATE "C", '[\u0e00-\U0010ffff]+|[^ \u0e00-\U0010ffff]+', 'g') AS found
    ) AS terms
$$;

-- The lexemes by which plain words are found: stems of English words; ^f and ^fo for the beginnings of words; ~fox,
-- three letters anywhere; where a script puts no spaces, ~猫 and ~橘猫. No stem contains ^ or ~. Some come twice.
CREATE OR REPLACE FUNCTION gallery_lexemes(words text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- Letters of a stretch that are taken at once: to find the n-th one, all before it are read.
    piece CONSTANT integer := 64;
    found record;
    letters text;
    made text[] := '{}';
BEGIN
    FOR found IN SELECT term, stem, term COLLATE "C" ~ '^[\u0e00-\U0010ffff]' AS dense FROM gallery_terms(words) LOOP
        IF found.stem <> '' THEN
            made := array_append(made, found.stem);
        END IF;
        IF NOT found.dense THEN
            made := array_append(array_append(made, '^' || left(found.term, 1)), '^' || left(found.term, 2));
        END IF;
        FOR begun IN 0..(length(found.term) - 1) / piece LOOP
            letters := substr(found.term, begun * piece + 1, piece + 2);
            FOR place IN 1..least(piece, length(letters)) LOOP
                IF found.dense THEN
                    made := array_append(made, '~' || substr(letters, place, 1));
                    made := array_append(made, '~' || substr(letters, place, 2));
                ELSIF place < length(letters) - 1 THEN
                    made := array_append(made, '~' || substr(letters, place, 3));
                END IF;
            END LOOP;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;
