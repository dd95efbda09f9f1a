"""Area subscriptions of a client: their table, and `crm.withdrawn_consents`, which a trigger fills."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from crm.domain.normalisation import normalize_tag
from crm.domain.subscriptions import PLAINTEXT_COLUMNS, AreaSubscription
from crm.repository.decryption import UNREADABLE_LABEL
from crm.repository.encrypted_records import RecordType
from crm.vault import OpenVault
from kit.db import UnitOfWork
from kit.i18n import N_

AREA_SUBSCRIPTIONS = RecordType(
    table="area_subscriptions",
    payload_type=AreaSubscription,
    columns=PLAINTEXT_COLUMNS,
    sort_column="created_at",
    not_found=N_("There is no such area subscription."),
    placeholder={"area": UNREADABLE_LABEL, "link_token": ""},
)


def area_token(vault: OpenVault, area: str) -> bytes:
    """Return the blind index of an area, under which its subscriptions are found."""
    return vault.blind_index("area", normalize_tag(area))


def withdrawn_at(
    work: UnitOfWork, provider_id: UUID, hashes: Iterable[bytes]
) -> dict[bytes, datetime]:
    """Return the withdrawal times of the given unsubscribe hashes that were withdrawn."""
    rows = work.execute(
        "SELECT unsubscribe_hash, withdrawn_at FROM crm.withdrawn_consents"
        " WHERE provider_id = %s AND unsubscribe_hash = ANY(%s)",
        (provider_id, list(hashes)),
    ).fetchall()
    return {bytes(row["unsubscribe_hash"]): row["withdrawn_at"] for row in rows}
