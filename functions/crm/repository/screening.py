"""Screenings of a client: their table."""

from crm.domain.screening import PLAINTEXT_COLUMNS, Screening
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType
from kit.i18n import N_

SCREENINGS = RecordType(
    table="screenings",
    payload_type=Screening,
    columns=PLAINTEXT_COLUMNS,
    sort_column="created_at",
    not_found=N_("There is no such screening."),
    placeholder={"details": UNREADABLE_LABEL},
)
