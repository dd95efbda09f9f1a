"""References of a client: their table."""

from crm.domain.references import PLAINTEXT_COLUMNS, Reference
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType

REFERENCES = RecordType(
    table="client_references",
    payload_type=Reference,
    columns=PLAINTEXT_COLUMNS,
    sort_column="created_at",
    label="reference",
    placeholder={"name": UNREADABLE_LABEL},
)
