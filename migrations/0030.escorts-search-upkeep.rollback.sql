DROP TRIGGER on_search_rule_changed ON escorts.consents;
DROP TRIGGER on_search_rule_changed ON escorts.jurisdictions;
DROP TRIGGER remove_from_search_deleted ON escorts.verifications;
DROP TRIGGER remove_from_search ON escorts.verifications;
DROP TRIGGER remove_from_search ON escorts.profiles;
DROP FUNCTION escorts.on_consent_changed, escorts.on_jurisdiction_changed, escorts.remove_from_search,
    escorts.check_search, escorts.demote_inactive, escorts.rebuild_search, escorts.refresh_search,
    escorts.assign_ranking_slot;
REVOKE ALL ON escorts.profile_search, escorts.profile_search_text, escorts.facet_values
    FROM escorts_public;
