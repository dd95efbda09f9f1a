REVOKE SELECT ON escorts.slugs FROM escorts_scheduled;
DELETE FROM escorts.jurisdictions WHERE capability = 'directory.ungated';
-- The view keeps its last column: nothing reads it, and others depend on the view.
