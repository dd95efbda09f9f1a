"""Which tables of records there are."""

from crm.domain import visits
from crm.repository.records import Kind

VISITS = Kind(
    table="visits",
    entry=visits.Visit,
    columns=visits.COLUMNS,
    order="starts_at",
    said="visit",
)
