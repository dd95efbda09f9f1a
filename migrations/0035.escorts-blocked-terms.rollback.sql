DROP TABLE escorts.text_reviews;
DROP TABLE escorts.blocked_terms;
DROP TYPE escorts.term_action;
