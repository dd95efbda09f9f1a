"""Which tables of records there are."""

from crm.domain import communications, references, screening, subscriptions, visits
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType

VISITS = RecordType(
    table="visits",
    entry=visits.Visit,
    columns=visits.PLAINTEXT_COLUMNS,
    order="starts_at",
    said="visit",
    shut={"location": UNREADABLE_LABEL},
)
COMMUNICATIONS = RecordType(
    table="communications",
    entry=communications.Communication,
    columns=communications.PLAINTEXT_COLUMNS,
    order="happened_at",
    said="message or call",
    shut={"text": UNREADABLE_LABEL},
)
SCREENINGS = RecordType(
    table="screenings",
    entry=screening.Screening,
    columns=screening.PLAINTEXT_COLUMNS,
    order="created_at",
    said="check",
    shut={"details": UNREADABLE_LABEL},
)
REFERENCES = RecordType(
    table="client_references",
    entry=references.Reference,
    columns=references.PLAINTEXT_COLUMNS,
    order="created_at",
    said="reference",
    shut={"name": UNREADABLE_LABEL},
)
AREA_SUBSCRIPTIONS = RecordType(
    table="area_subscriptions",
    entry=subscriptions.AreaSubscription,
    columns=subscriptions.PLAINTEXT_COLUMNS,
    order="created_at",
    said="wish to hear of an area",
    shut={"area": UNREADABLE_LABEL, "link_token": ""},
)
