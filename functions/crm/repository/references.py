"""References of a client: their table."""

from crm.domain.references import PLAINTEXT_COLUMNS, Reference
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType
from kit.i18n import N_

REFERENCES = RecordType(
    table="client_references",
    payload_type=Reference,
    columns=PLAINTEXT_COLUMNS,
    sort_column="created_at",
    not_found=N_("There is no such reference."),
    placeholder={"name": UNREADABLE_LABEL},
)
