GRANT SELECT ON escorts.cities, escorts.jurisdictions, escorts.consents, escorts.blocked_terms,
    escorts.city_capabilities_v1, escorts.public_profiles_v1, escorts.public_slugs_v1,
    escorts.profile_records, escorts.availability_records, escorts.profiles, escorts.slugs,
    escorts.rates, escorts.locations, escorts.availability, escorts.verifications,
    escorts.audit_log, escorts.tours, escorts.availability_exceptions, escorts.available_now,
    escorts.activity, escorts.appearances, escorts.text_reviews, escorts.view_counts,
    escorts.view_totals, escorts.view_days TO escorts_web;
GRANT INSERT ON escorts.profiles, escorts.slugs, escorts.rates, escorts.locations,
    escorts.availability, escorts.verifications, escorts.audit_log, escorts.tours,
    escorts.tour_hours, escorts.availability_exceptions, escorts.available_now,
    escorts.appearances, escorts.text_reviews TO escorts_web;
GRANT UPDATE (slug, name, city, bio, height_cm, weight_kg, measurements, hair_color, eye_color,
    ethnicity, languages, services, status, hidden, suspended_from, suspension_reason,
    consent_version, consent_at, birth_date_sealed, age, age_checked_on, over18_attested_at,
    version, updated_at) ON escorts.profiles TO escorts_web;
GRANT UPDATE ON escorts.verifications, escorts.available_now, escorts.activity,
    escorts.appearances TO escorts_web;
GRANT UPDATE (reviewed_at, reviewed_by) ON escorts.text_reviews TO escorts_web;
GRANT DELETE ON escorts.rates, escorts.locations, escorts.availability, escorts.tours,
    escorts.tour_hours, escorts.availability_exceptions, escorts.available_now TO escorts_web;
GRANT EXECUTE ON FUNCTION escorts.refresh_search, escorts.is_open, escorts.is_open_in
    TO escorts_web;
SELECT outbox.grant_publisher('escorts_web');

REVOKE ALL ON ALL TABLES IN SCHEMA escorts FROM escorts_dashboard;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA escorts FROM escorts_dashboard;
REVOKE ALL ON outbox.messages FROM escorts_dashboard;
REVOKE USAGE ON SCHEMA outbox FROM escorts_dashboard;
REVOKE ALL ON auth.accounts_v1 FROM escorts_dashboard;
-- Membership in escorts_public belongs to the cluster, like the roles: other databases need it.
REVOKE USAGE ON SCHEMA escorts, auth FROM escorts_dashboard;
