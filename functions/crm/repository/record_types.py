"""Which tables of records there are."""

from crm.domain import communications, references, screening, subscriptions, visits
from crm.repository.decryption import DOES_NOT_OPEN
from crm.repository.encrypted_records import Kind

VISITS = Kind(
    table="visits",
    entry=visits.Visit,
    columns=visits.COLUMNS,
    order="starts_at",
    said="visit",
    shut={"location": DOES_NOT_OPEN},
)
COMMUNICATIONS = Kind(
    table="communications",
    entry=communications.Communication,
    columns=communications.COLUMNS,
    order="happened_at",
    said="message or call",
    shut={"text": DOES_NOT_OPEN},
)
SCREENINGS = Kind(
    table="screenings",
    entry=screening.Screening,
    columns=screening.COLUMNS,
    order="created_at",
    said="check",
    shut={"details": DOES_NOT_OPEN},
)
REFERENCES = Kind(
    table="client_references",
    entry=references.Reference,
    columns=references.COLUMNS,
    order="created_at",
    said="reference",
    shut={"name": DOES_NOT_OPEN},
)
AREAS = Kind(
    table="area_notifications",
    entry=subscriptions.AreaConsent,
    columns=subscriptions.COLUMNS,
    order="created_at",
    said="wish to hear of an area",
    shut={"area": DOES_NOT_OPEN, "link_token": ""},
)
