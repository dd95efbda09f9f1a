DROP VIEW escorts.searchable_text;
DROP VIEW escorts.searchable;
DROP FUNCTION escorts.is_open, escorts.is_irregular, escorts.week_of;
DROP TABLE escorts.profile_search_text, escorts.profile_search, escorts.search_seats;
DROP FUNCTION escorts.search_seed, escorts.search_tier, escorts.search_cell, escorts.search_mask,
    escorts.fold;
DROP TABLE escorts.search_words;
ALTER TABLE escorts.profiles DROP CONSTRAINT rating_comes_from_reviews, DROP COLUMN featured,
    DROP COLUMN rating, DROP COLUMN review_count;
DROP EXTENSION unaccent;
DROP EXTENSION pg_trgm;
