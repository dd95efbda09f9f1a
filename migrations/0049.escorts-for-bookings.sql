-- Views of the directory for bookings: profiles, rate cards, and cities that allow bookings.
-- depends: 0036.public-pages 0031.escorts-availability

-- Every open profile, public or not: a hidden profile takes no new requests, but keeps its bookings.
CREATE VIEW escorts.bookable_profiles_v1 AS
SELECT p.id AS profile_id, p.user_id, p.slug, p.name, p.city, c.zone AS time_zone,
    EXISTS (SELECT FROM escorts.public_profiles_v1 g WHERE g.id = p.id) AS public
FROM escorts.profiles p
JOIN escorts.cities c ON c.slug = p.city
WHERE p.closed_at IS NULL;

CREATE VIEW escorts.rate_card_v1 AS
SELECT profile_id, position, service, duration_minutes, amount, currency, venue
FROM escorts.rates;

-- Cities in which the law allows booking requests.
CREATE VIEW escorts.booking_cities_v1 AS
SELECT c.slug AS city, c.name, c.zone AS time_zone
FROM escorts.cities c
JOIN escorts.city_capabilities_v1 k ON k.city = c.slug AND k.capability = 'booking.request';
