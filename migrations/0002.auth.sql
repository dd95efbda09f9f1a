-- Accounts, their credentials and devices, and the queue of mails.
-- Personal data is encrypted by the application (kit.envelope): the database stores bytes.
-- depends: 0001.app-foundation

CREATE SCHEMA auth;

CREATE TYPE auth.user_role AS ENUM ('client', 'escort', 'agency', 'admin');
CREATE TYPE auth.user_status AS ENUM ('pending', 'active', 'suspended', 'banned', 'closed');
CREATE TYPE auth.token_purpose AS ENUM ('verify-email', 'reset-password', 'sign-in');
CREATE TYPE auth.mail_purpose AS ENUM (
    'verify-email', 'already-registered', 'reset-password', 'new-device', 'password-changed',
    'two-step-changed', 'status-changed', 'saved-search', 'inactivity-warning', 'profile-hidden', 'text-rejected',
    'booking-requested', 'booking-accepted', 'booking-declined', 'booking-expired', 'booking-confirmed',
    'booking-cancelled', 'booking-rescheduled', 'booking-time-proposed', 'booking-reminder',
    'waitlist-slot-available'
);

-- Accounts

CREATE TABLE auth.users (
    id uuid PRIMARY KEY,
    -- Printable ASCII only, so that lower() is the whole of case folding, whatever the collation.
    email text CHECK (email ~ '^[\x21-\x7e]{3,254}$'),
    email_normalized text GENERATED ALWAYS AS (lower(email)) STORED,
    -- NULL until an administrator made by a command has set a password with the one-time link.
    password_hash text CHECK (password_hash LIKE '$argon2id$%'),
    role auth.user_role NOT NULL,
    status auth.user_status NOT NULL DEFAULT 'pending',
    email_verified_at timestamptz,
    display_name text CHECK (length(display_name) BETWEEN 1 AND 60),
    avatar_url text CHECK (length(avatar_url) <= 500),
    -- First and last name, phone, date of birth: one encrypted JSON document.
    encrypted_personal_data bytea,
    created_at timestamptz NOT NULL DEFAULT app.now(),
    updated_at timestamptz NOT NULL DEFAULT app.now(),
    closed_at timestamptz,
    CONSTRAINT users_email_unique UNIQUE (email_normalized),
    CONSTRAINT users_active_is_verified CHECK (status <> 'active' OR email_verified_at IS NOT NULL),
    CONSTRAINT users_closed_has_date CHECK ((status = 'closed') = (closed_at IS NOT NULL)),
    -- A closed account keeps its id for evidence that names it, and no personal data.
    CONSTRAINT users_closed_is_anonymous CHECK (
        CASE WHEN status = 'closed'
            THEN num_nonnulls(email, password_hash, display_name, avatar_url, encrypted_personal_data) = 0
            ELSE email IS NOT NULL
        END
    )
);
CREATE INDEX users_pending_by_created_at ON auth.users (created_at) WHERE status = 'pending';
CREATE INDEX users_by_role ON auth.users (role, status);

CREATE TABLE auth.preferences (
    user_id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
    language text NOT NULL CHECK (language ~ '^[a-z]{2}(-[A-Z]{2})?$'),
    time_zone text NOT NULL CHECK (length(time_zone) <= 64),
    theme text NOT NULL CHECK (theme IN ('system', 'light', 'dark')),
    new_device_mail boolean NOT NULL,
    news_mail boolean NOT NULL
);

-- Credentials and devices

-- Single-use tokens: consuming a token deletes its row. Only SHA-256 of the 256 random bits is stored.
CREATE TABLE auth.tokens (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    purpose auth.token_purpose NOT NULL,
    created_at timestamptz NOT NULL DEFAULT app.now(),
    expires_at timestamptz NOT NULL
);
CREATE INDEX tokens_by_user ON auth.tokens (user_id, purpose);
CREATE INDEX tokens_by_expires_at ON auth.tokens (expires_at);

CREATE TABLE auth.totp (
    user_id uuid PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE,
    encrypted_secret bytea NOT NULL,
    -- NULL while the enrolment waits for its first code.
    confirmed_at timestamptz,
    -- Newest time step of an accepted code: this step and older ones cannot be used again.
    last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE auth.recovery_codes (
    user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE auth.devices (
    user_id uuid NOT NULL REFERENCES auth.users ON DELETE CASCADE,
    device_hash bytea NOT NULL CHECK (octet_length(device_hash) = 32),
    first_seen_at timestamptz NOT NULL DEFAULT app.now(),
    last_seen_at timestamptz NOT NULL DEFAULT app.now(),
    PRIMARY KEY (user_id, device_hash)
);
CREATE INDEX devices_by_last_seen_at ON auth.devices (last_seen_at);

-- Mails

-- Queue of mails. Rows hold no address and no secret: the mailer looks up the address and creates the
-- token when it sends. A row without a user stands for an address without an account, and is never sent.
CREATE TABLE auth.mails (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES auth.users ON DELETE CASCADE,
    purpose auth.mail_purpose NOT NULL,
    detail text CHECK (length(detail) <= 200),
    created_at timestamptz NOT NULL DEFAULT app.now(),
    sent_at timestamptz
);
CREATE INDEX mails_by_created_at ON auth.mails (created_at);
CREATE INDEX mails_by_user ON auth.mails (user_id);

-- Status changes

-- Status changes by staff and their reasons. Never updated, never cascaded away.
CREATE TABLE auth.status_changes (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES auth.users,
    actor_id uuid NOT NULL,
    from_status auth.user_status NOT NULL,
    to_status auth.user_status NOT NULL,
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    changed_at timestamptz NOT NULL DEFAULT app.now()
);
CREATE INDEX status_changes_by_user ON auth.status_changes (user_id, changed_at);

-- Roles and grants

SELECT app.ensure_role('auth_web');
SELECT app.ensure_role('auth_mailer');
SELECT app.ensure_role('auth_scheduled');
SELECT app.ensure_role('auth_admin_command');

GRANT USAGE ON SCHEMA auth TO auth_web, auth_mailer, auth_scheduled, auth_admin_command;

GRANT SELECT, INSERT, UPDATE ON auth.users TO auth_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth.preferences, auth.totp, auth.devices TO auth_web;
GRANT SELECT, INSERT, DELETE ON auth.tokens, auth.recovery_codes, auth.mails TO auth_web;
GRANT SELECT, INSERT ON auth.status_changes TO auth_web;
SELECT outbox.grant_publisher('auth_web');

-- The mailer reads e-mail addresses, but neither password hashes nor personal data.
GRANT SELECT (id, email, status, email_verified_at) ON auth.users TO auth_mailer;
GRANT SELECT (user_id, language) ON auth.preferences TO auth_mailer;
GRANT SELECT, UPDATE (sent_at) ON auth.mails TO auth_mailer;
-- Mails about events of other features are queued by the mailer itself.
GRANT INSERT (id, user_id, purpose, detail, created_at) ON auth.mails TO auth_mailer;
GRANT SELECT (token_hash, user_id, purpose), INSERT, DELETE ON auth.tokens TO auth_mailer;
SELECT outbox.grant_consumer('auth_mailer');

GRANT SELECT (id, status, email_verified_at, created_at), DELETE ON auth.users TO auth_scheduled;
GRANT SELECT, DELETE ON auth.tokens, auth.mails, auth.devices TO auth_scheduled;
GRANT SELECT ON auth.status_changes TO auth_scheduled;
SELECT outbox.grant_publisher('auth_scheduled');

GRANT SELECT, INSERT ON auth.users TO auth_admin_command;
GRANT SELECT, INSERT, DELETE ON auth.tokens TO auth_admin_command;
SELECT outbox.grant_publisher('auth_admin_command');
