DROP TRIGGER moves_search ON escorts.consents;
DROP TRIGGER moves_search ON escorts.jurisdictions;
DROP TRIGGER leaves_search_deleted ON escorts.verifications;
DROP TRIGGER leaves_search ON escorts.verifications;
DROP TRIGGER leaves_search ON escorts.profiles;
DROP FUNCTION escorts.on_consent_changed, escorts.on_jurisdiction_changed, escorts.leave_search,
    escorts.check_search, escorts.settle_search, escorts.rebuild_search, escorts.refresh_search,
    escorts.take_seat;
REVOKE ALL ON escorts.profile_search, escorts.profile_search_text, escorts.search_words
    FROM escorts_public;
