"""Calls and messages with a client: their table."""

from crm.domain.communications import PLAINTEXT_COLUMNS, Communication
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType
from kit.i18n import N_

COMMUNICATIONS = RecordType(
    table="communications",
    payload_type=Communication,
    columns=PLAINTEXT_COLUMNS,
    sort_column="happened_at",
    not_found=N_("There is no such message or call."),
    placeholder={"text": UNREADABLE_LABEL},
)
