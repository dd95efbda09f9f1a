-- Two clients may have one account, or one import key: with keys of two generations no constraint can prevent it, and
-- an archive may contain it. They are shown as duplicates, and merged by the provider.
-- depends: 0077.crm-subjects

DROP INDEX crm.client_search_tokens_once;
