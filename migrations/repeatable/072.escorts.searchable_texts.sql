-- Expected content of profile_search_text.
DROP VIEW IF EXISTS escorts.searchable_texts CASCADE;
CREATE VIEW escorts.searchable_texts AS
SELECT s.profile_id, array_to_tsvector(s.places)
    || to_tsvector('simple', escorts.normalize_text(p.name || ' ' || p.bio)) AS document
FROM (SELECT r.profile_id, array_agg('#' || r.city) AS places
      FROM escorts.profile_search r GROUP BY r.profile_id) s
JOIN escorts.profiles p ON p.id = s.profile_id;
