"""Who signs in: accounts, credentials, sessions.

Nouns: *account* (a row of `auth.users`; its private details are sealed), *token* (single use, for a
link), *second factor* (TOTP and recovery codes), *device* (known by a cookie), *session* (a row of
the DynamoDB table Sessions, kept by `kit.auth.sessions`), *mail* (a row of `auth.mails`).
Tables: the PostgreSQL schema `auth`; DynamoDB Sessions and RateLimits. Others read the view
`auth.accounts_v1`.
Events out: `contracts.auth`. Events in, by the mailer: its own MailQueued, and of escorts
SavedSearchMatched, ProfileInactivityWarned, ProfileAutoHidden.
Entries: `handler` (JSON API and pages), `consumer` (mailer), `scheduled` (clean-up), `command`
(the first administrator).
"""
