-- Expected content of profile_search, in the order of its columns. Expiry and the account's status are left to
-- public_profiles_v1, so that a row does not become wrong as time passes. After a change of this view run the job
-- "rebuild-search": the rows that exist keep their values until then.
DROP VIEW IF EXISTS escorts.searchable_profiles CASCADE;
CREATE VIEW escorts.searchable_profiles AS
SELECT p.id AS profile_id, place.city,
    escorts.grid_cell_of(point.latitude_e2, point.longitude_e2) AS grid_cell,
    quality.tier, escorts.slot_position(place.city, quality.tier, slots.slot) AS slot_position,
    point.latitude_e2::smallint, point.longitude_e2::smallint,
    price.amount::integer AS price_from, price.currency, p.age, p.rating, p.review_count,
    p.featured, escorts.search_mask('service', p.services) AS services,
    escorts.search_mask('language', p.languages) AS languages,
    escorts.search_mask('ethnicity', regexp_split_to_array(
        escorts.normalize_text(coalesce(p.ethnicity, '')), '[^a-z]+')) AS ethnicities,
    offered.venues::smallint, place.weekly_minutes,
    escorts.has_availability_exceptions(p.id) OR place.mixed AS has_exceptions, p.created_at, terms.public_until,
    quality.active_until, escorts.normalize_text(p.name) AS name_normalized, place.is_touring, place.present_during
FROM escorts.profiles p
-- Cities and periods of presence: the home city except during tours elsewhere, and each tour city
-- on the days of the tour.
CROSS JOIN LATERAL (
    SELECT p.city, false AS is_touring, tstzmultirange(tstzrange(NULL, NULL)) - (
            SELECT range_agg(t.period) FROM escorts.tours t
            WHERE t.profile_id = p.id AND NOT t.at_home AND t.city <> p.city) AS present_during,
        escorts.weekly_minutes_of(p.id) AS weekly_minutes, false AS mixed
    UNION ALL
    -- Two tours to one city may have different hours.
    SELECT t.city, true, range_agg(t.period), range_agg(w.weekly_minutes), count(DISTINCT w.weekly_minutes) > 1
    FROM escorts.tours t
    CROSS JOIN LATERAL (SELECT escorts.tour_minutes_of(t.id, p.id) AS weekly_minutes) w
    WHERE t.profile_id = p.id AND t.city <> p.city GROUP BY t.city) place
JOIN escorts.cities c ON c.slug = place.city
JOIN escorts.verifications v ON v.profile_id = p.id AND v.status = 'verified'
CROSS JOIN LATERAL (SELECT least(v.expires_at,
    least(v.document_checked_at, v.liveness_checked_at) + interval '365 days',
    (SELECT min(s.effective_at) FROM escorts.consents s WHERE s.version > p.consent_version)
    ) AS public_until) terms
CROSS JOIN LATERAL (SELECT count(*) AS rates,
    coalesce(bit_or(CASE r.venue WHEN 'incall' THEN 1 ELSE 2 END), 0) AS venues
    FROM escorts.rates r WHERE r.profile_id = p.id) offered
CROSS JOIN LATERAL (SELECT CASE WHEN app.now() < p.updated_at + interval '30 days'
    THEN p.updated_at + interval '30 days' END AS active_until,
    char_length(p.bio) >= 120 AND cardinality(p.languages) > 0 AND offered.rates > 0
        AND EXISTS (SELECT FROM escorts.availability a WHERE a.profile_id = p.id) AS complete) quality_inputs
CROSS JOIN LATERAL (SELECT escorts.search_tier(quality_inputs.complete, quality_inputs.active_until IS NOT NULL) AS tier,
    quality_inputs.active_until) quality
LEFT JOIN escorts.ranking_slots slots
    ON slots.profile_id = p.id AND slots.city = place.city AND slots.tier = quality.tier
-- The lowest rate in the city's currency, else in the first other currency.
LEFT JOIN LATERAL (SELECT r.amount, r.currency::text FROM escorts.rates r
    WHERE r.profile_id = p.id
    ORDER BY r.currency <> c.currency, r.currency, r.amount LIMIT 1) price ON true
-- The first location with coordinates, else the centre of the city.
LEFT JOIN LATERAL (SELECT l.latitude, l.longitude FROM escorts.locations l
    WHERE NOT place.is_touring AND l.profile_id = p.id AND l.latitude IS NOT NULL
    ORDER BY l.position LIMIT 1) own ON true
CROSS JOIN LATERAL (SELECT
    round(coalesce(own.latitude, c.latitude::numeric) * 100)::integer AS latitude_e2,
    round(coalesce(own.longitude, c.longitude::numeric) * 100)::integer AS longitude_e2) point
WHERE p.status = 'active' AND NOT p.hidden AND p.closed_at IS NULL
    AND p.consent_version IS NOT NULL
    AND p.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                   WHERE k.capability = 'directory.listing')
    AND place.city IN (SELECT k.city FROM escorts.city_capabilities_v1 k
                       WHERE k.capability = 'directory.listing');
