"""Calls and messages with a client: their table."""

from crm.domain.communications import PLAINTEXT_COLUMNS, Communication
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType

COMMUNICATIONS = RecordType(
    table="communications",
    payload_type=Communication,
    columns=PLAINTEXT_COLUMNS,
    sort_column="happened_at",
    label="message or call",
    placeholder={"text": UNREADABLE_LABEL},
)
