"""Which tables of records there are."""

from crm.domain import areas, communications, references, screening, visits
from crm.repository.records import Kind

VISITS = Kind(
    table="visits",
    entry=visits.Visit,
    columns=visits.COLUMNS,
    order="starts_at",
    said="visit",
)
COMMUNICATIONS = Kind(
    table="communications",
    entry=communications.Communication,
    columns=communications.COLUMNS,
    order="happened_at",
    said="message or call",
)
SCREENINGS = Kind(
    table="screenings",
    entry=screening.Screening,
    columns=screening.COLUMNS,
    order="created_at",
    said="check",
)
REFERENCES = Kind(
    table="client_references",
    entry=references.Reference,
    columns=references.COLUMNS,
    order="created_at",
    said="reference",
)
AREAS = Kind(
    table="area_notifications",
    entry=areas.AreaConsent,
    columns=areas.COLUMNS,
    order="created_at",
    said="wish to hear of an area",
)
