DROP VIEW escorts.searchable_texts;
DROP VIEW escorts.searchable_profiles;
DROP FUNCTION escorts.is_open, escorts.has_availability_exceptions, escorts.weekly_minutes_of;
DROP TABLE escorts.profile_search_text, escorts.profile_search, escorts.ranking_slots;
DROP FUNCTION escorts.slot_position, escorts.search_tier, escorts.grid_cell_of, escorts.search_mask,
    escorts.normalize_text;
DROP TABLE escorts.facet_values;
ALTER TABLE escorts.profiles DROP CONSTRAINT rating_requires_reviews, DROP COLUMN featured,
    DROP COLUMN rating, DROP COLUMN review_count;
DROP EXTENSION unaccent;
DROP EXTENSION pg_trgm;
