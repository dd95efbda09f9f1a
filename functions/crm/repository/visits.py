"""Visits of a client: their table."""

from crm.domain.visits import PLAINTEXT_COLUMNS, Visit
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType
from kit.i18n import N_

VISITS = RecordType(
    table="visits",
    payload_type=Visit,
    columns=PLAINTEXT_COLUMNS,
    sort_column="starts_at",
    not_found=N_("There is no such visit."),
    placeholder={"location": UNREADABLE_LABEL},
)
