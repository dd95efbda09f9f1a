-- Two entries may lead to one account, or to one row of an import: under keys of two generations nothing can keep that
-- from happening, and an archive brings it along. They are shown as one person in two entries, and merged by their owner.
-- depends: 0077.crm-subjects

DROP INDEX crm.client_search_tokens_once;
