-- Reference data: cities, allowed actions per jurisdiction, the statement that providers agree to.
-- The matrix is an operator's reading, to be confirmed by counsel before a city goes live; an action
-- without a row is denied.
-- depends: 0020.escorts

INSERT INTO escorts.cities (slug, name, country, region, zone, currency, latitude, longitude)
VALUES
    ('amsterdam', 'Amsterdam', 'NL', '', 'Europe/Amsterdam', 'EUR', 52.3728, 4.8936),
    ('auckland', 'Auckland', 'NZ', '', 'Pacific/Auckland', 'NZD', -36.8485, 174.7633),
    ('berlin', 'Berlin', 'DE', '', 'Europe/Berlin', 'EUR', 52.5200, 13.4050),
    ('brussels', 'Brussels', 'BE', '', 'Europe/Brussels', 'EUR', 50.8467, 4.3525),
    ('geneva', 'Geneva', 'CH', '', 'Europe/Zurich', 'CHF', 46.2044, 6.1432),
    ('hamburg', 'Hamburg', 'DE', '', 'Europe/Berlin', 'EUR', 53.5511, 9.9937),
    ('melbourne', 'Melbourne', 'AU', 'AU-VIC', 'Australia/Melbourne', 'AUD', -37.8136, 144.9631),
    ('munich', 'Munich', 'DE', '', 'Europe/Berlin', 'EUR', 48.1374, 11.5755),
    ('sydney', 'Sydney', 'AU', 'AU-NSW', 'Australia/Sydney', 'AUD', -33.8688, 151.2093),
    ('vienna', 'Vienna', 'AT', '', 'Europe/Vienna', 'EUR', 48.2082, 16.3738),
    ('wellington', 'Wellington', 'NZ', '', 'Pacific/Auckland', 'NZD', -41.2866, 174.7756),
    ('zurich', 'Zürich', 'CH', '', 'Europe/Zurich', 'CHF', 47.3769, 8.5417);

INSERT INTO escorts.jurisdictions (country, region, capability, allowed, basis)
SELECT place.country, place.region, able.capability, true, place.basis
FROM (VALUES
    ('AT', '', 'legal and regulated'),
    ('AU', 'AU-NSW', 'decriminalised'),
    ('AU', 'AU-VIC', 'decriminalised'),
    ('BE', '', 'decriminalised; own services may be advertised'),
    ('CH', '', 'legal and regulated by canton'),
    ('DE', '', 'legal and regulated'),
    ('NL', '', 'legal and regulated'),
    ('NZ', '', 'decriminalised')
) AS place (country, region, basis)
CROSS JOIN (VALUES
    ('directory.listing'::escorts.capability), ('booking.request')
) AS able (capability);

INSERT INTO escorts.consents (version, body, effective_at) VALUES (
    1,
    'I am 18 or older. I work on my own decision and for myself. What I write in my profile is '
    'mine to publish, and I want HelloMahi to show it to everybody. I can withdraw it at any time.',
    '2025-01-01T00:00:00Z'
);
