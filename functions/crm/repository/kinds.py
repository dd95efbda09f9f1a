"""Which tables of records there are."""

from crm.domain import communications, visits
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
