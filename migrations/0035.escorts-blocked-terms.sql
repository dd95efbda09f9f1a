-- Terms that a profile must not use (H13), and terms that a moderator reviews.
-- depends: 0021.escorts-reference

CREATE TYPE escorts.term_action AS ENUM ('refuse', 'review');

-- In the form that domain/blocked_terms.py compares: small plain letters and digits, words separated by
-- one space. Changed by a migration or by the operator; the product only reads the table.
CREATE TABLE escorts.blocked_terms (
    term text PRIMARY KEY CHECK (term ~ '^[a-z0-9]+( [a-z0-9]+)*$' AND length(term) BETWEEN 4 AND 60),
    reason text NOT NULL CHECK (reason IN ('minors', 'coercion', 'third-party')),
    action escorts.term_action NOT NULL
);

-- Reviews by a moderator. The text itself stays in the profile; the row stores only field and term.
CREATE TABLE escorts.text_reviews (
    id uuid PRIMARY KEY,
    profile_id uuid NOT NULL REFERENCES escorts.profiles,
    field text NOT NULL,
    term text NOT NULL,
    reason text NOT NULL,
    noted_at timestamptz NOT NULL,
    reviewed_at timestamptz,
    reviewed_by uuid,
    CONSTRAINT reviewed_at_with_reviewer CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL))
);
CREATE UNIQUE INDEX one_open_text_review ON escorts.text_reviews (profile_id, field, term)
    WHERE reviewed_at IS NULL;
CREATE INDEX text_reviews_pending ON escorts.text_reviews (noted_at) WHERE reviewed_at IS NULL;

-- A short initial list: phrases without a harmless reading are refused; phrases with one ("nobody
-- under 18") go to a moderator. An operator adds the terms that their counsel and languages need.
INSERT INTO escorts.blocked_terms (term, reason, action) VALUES
    ('age play', 'minors', 'refuse'),
    ('barely legal', 'minors', 'refuse'),
    ('jailbait', 'minors', 'refuse'),
    ('lolita', 'minors', 'refuse'),
    ('preteen', 'minors', 'refuse'),
    ('school girl', 'minors', 'refuse'),
    ('teen', 'minors', 'refuse'),
    ('teenager', 'minors', 'refuse'),
    ('15 years old', 'minors', 'refuse'),
    ('16 years old', 'minors', 'refuse'),
    ('17 years old', 'minors', 'refuse'),
    ('15 yo', 'minors', 'refuse'),
    ('16 yo', 'minors', 'refuse'),
    ('17 yo', 'minors', 'refuse'),
    ('minor', 'minors', 'review'),
    ('under 18', 'minors', 'review'),
    ('underage', 'minors', 'review'),
    ('against her will', 'coercion', 'refuse'),
    ('cannot say no', 'coercion', 'refuse'),
    ('forced to work', 'coercion', 'refuse'),
    ('not allowed to refuse', 'coercion', 'refuse'),
    ('fresh meat', 'coercion', 'review'),
    ('new girls every week', 'coercion', 'review'),
    ('no passport', 'coercion', 'review'),
    ('my pimp', 'third-party', 'refuse'),
    ('ask for my boss', 'third-party', 'review'),
    ('call my agent', 'third-party', 'review'),
    ('call my manager', 'third-party', 'review'),
    ('he will answer', 'third-party', 'review');

GRANT SELECT ON escorts.blocked_terms TO escorts_web;
GRANT SELECT, INSERT ON escorts.text_reviews TO escorts_web;
GRANT UPDATE (reviewed_at, reviewed_by) ON escorts.text_reviews TO escorts_web;
GRANT SELECT, DELETE ON escorts.text_reviews TO escorts_consumer;
