"""Accounts, credentials and sessions.

Nouns: *account* (a row of `auth.users`; its personal data is encrypted), *token* (single use, for a
link), *second factor* (TOTP and recovery codes), *device* (known by a cookie), *realm* (site, staff,
provider dashboard or CRM: each has its own login), *session* (an item of the DynamoDB table
Sessions, see `kit.auth.sessions`), *mail* (a row of `auth.mails`).
Tables: the PostgreSQL schema `auth`; DynamoDB Sessions and RateLimits. Other features read the view
`auth.accounts_v1`.
Events out: `contracts.auth`. Events in, by the mailer: its own MailQueued, and of escorts
SavedSearchMatched, ProfileInactivityWarned, ProfileAutoHidden and TextModerated, and of bookings the
events of `auth.service.booking_notifications`.
Entries: `handler` (JSON API and pages), `consumer` (mailer), `scheduled` (clean-up),
`admin_command` (the first administrator).
"""
