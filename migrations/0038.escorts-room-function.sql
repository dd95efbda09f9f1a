-- Visitors and clients call one function, providers and staff another, each with a database role of its
-- own. The public function reads profiles only through the visibility view.
-- depends: 0031.escorts-availability 0032.escorts-room 0033.escorts-saved 0034.auth-notices 0035.escorts-blocked-terms 0035.escorts-views 0036.public-pages

SELECT app.ensure_role('escorts_dashboard');
GRANT USAGE ON SCHEMA escorts, auth TO escorts_dashboard;
GRANT escorts_public TO escorts_dashboard WITH INHERIT FALSE, SET TRUE;
GRANT SELECT ON auth.accounts_v1 TO escorts_dashboard;
GRANT SELECT ON escorts.cities, escorts.jurisdictions, escorts.consents, escorts.blocked_terms,
    escorts.city_capabilities_v1, escorts.public_profiles_v1, escorts.profile_records,
    escorts.availability_records, escorts.profiles, escorts.slugs, escorts.rates,
    escorts.locations, escorts.availability, escorts.verifications, escorts.tours,
    escorts.availability_exceptions, escorts.available_now, escorts.activity,
    escorts.appearances, escorts.text_reviews, escorts.view_counts, escorts.view_totals,
    escorts.view_days TO escorts_dashboard;
GRANT INSERT ON escorts.profiles, escorts.slugs, escorts.rates, escorts.locations,
    escorts.availability, escorts.verifications, escorts.audit_log, escorts.tours,
    escorts.tour_hours, escorts.availability_exceptions, escorts.available_now,
    escorts.appearances, escorts.text_reviews TO escorts_dashboard;
GRANT UPDATE (slug, name, city, bio, height_cm, weight_kg, measurements, hair_color, eye_color,
    ethnicity, languages, services, status, hidden, suspended_from, suspension_reason,
    consent_version, consent_at, birth_date_sealed, age, age_checked_on, over18_attested_at,
    version, updated_at) ON escorts.profiles TO escorts_dashboard;
GRANT UPDATE ON escorts.verifications, escorts.available_now, escorts.activity,
    escorts.appearances TO escorts_dashboard;
GRANT UPDATE (reviewed_at, reviewed_by) ON escorts.text_reviews TO escorts_dashboard;
GRANT DELETE ON escorts.rates, escorts.locations, escorts.availability, escorts.tours,
    escorts.availability_exceptions, escorts.available_now TO escorts_dashboard;
GRANT EXECUTE ON FUNCTION escorts.refresh_search TO escorts_dashboard;
SELECT outbox.grant_publisher('escorts_dashboard');

REVOKE ALL ON ALL TABLES IN SCHEMA escorts FROM escorts_web;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA escorts FROM escorts_web;
REVOKE ALL ON outbox.messages FROM escorts_web;
REVOKE USAGE ON SCHEMA outbox FROM escorts_web;
-- For the age gate, and for view counts: views by the owner are not counted.
GRANT SELECT ON escorts.jurisdictions TO escorts_web;
GRANT SELECT (id, user_id) ON escorts.profiles TO escorts_web;
GRANT SELECT, INSERT, DELETE ON escorts.favourites TO escorts_web;
GRANT SELECT, INSERT, DELETE,
    UPDATE (name, query, time_zone, mail_consent_at, since, due_at, updated_at)
    ON escorts.saved_searches TO escorts_web;
GRANT SELECT, DELETE ON escorts.saved_search_matches TO escorts_web;
