"""Record types: the tables of the generic repository."""

from crm.domain import communications, references, screening, subscriptions, visits
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType

VISITS = RecordType(
    table="visits",
    payload_type=visits.Visit,
    columns=visits.PLAINTEXT_COLUMNS,
    sort_column="starts_at",
    label="visit",
    placeholder={"location": UNREADABLE_LABEL},
)
COMMUNICATIONS = RecordType(
    table="communications",
    payload_type=communications.Communication,
    columns=communications.PLAINTEXT_COLUMNS,
    sort_column="happened_at",
    label="message or call",
    placeholder={"text": UNREADABLE_LABEL},
)
SCREENINGS = RecordType(
    table="screenings",
    payload_type=screening.Screening,
    columns=screening.PLAINTEXT_COLUMNS,
    sort_column="created_at",
    label="screening",
    placeholder={"details": UNREADABLE_LABEL},
)
REFERENCES = RecordType(
    table="client_references",
    payload_type=references.Reference,
    columns=references.PLAINTEXT_COLUMNS,
    sort_column="created_at",
    label="reference",
    placeholder={"name": UNREADABLE_LABEL},
)
AREA_SUBSCRIPTIONS = RecordType(
    table="area_subscriptions",
    payload_type=subscriptions.AreaSubscription,
    columns=subscriptions.PLAINTEXT_COLUMNS,
    sort_column="created_at",
    label="area subscription",
    placeholder={"area": UNREADABLE_LABEL, "link_token": ""},
)
