DROP SCHEMA escorts CASCADE;
REVOKE SELECT ON auth.accounts_v1 FROM escorts_web;
REVOKE USAGE ON SCHEMA auth FROM escorts_web;
