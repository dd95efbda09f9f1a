-- Two clients may have one account, or one import key: under keys of two generations no index can prevent it, and an
-- archive imports it. Such clients are shown as duplicates, and merged by the provider.
-- depends: 0077.crm-subjects

DROP INDEX crm.client_search_tokens_once;
