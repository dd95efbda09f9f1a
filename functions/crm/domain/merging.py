"""Rules for merging two clients: which data of each is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.clients import Client, ClientProfile, ClientStatus
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import normalize_email, normalize_tag

LONGEST_TEXT = 10_000
# A client who refused contact is not contacted, whatever the other record says.
_STRICTEST_FIRST = (
    CommunicationPreference.NO_CONTACT,
    CommunicationPreference.AREA_NOTIFICATIONS_ONLY,
    CommunicationPreference.CONTACT_OK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Merge of one client into another: the former data of the absorbed client, and the moved rows per table."""

    id: UUID
    client_id: UUID
    absorbed: Client
    merged_at: datetime
    moved: dict[str, int]

    def to_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt."""
        was = self.absorbed
        return {
            "details": was.profile.encrypted_payload(),
            "screeningStatus": was.status.screening_status,
            "communicationPreference": was.status.communication_preference,
            "source": was.status.source,
            "archivedAt": was.status.archived_at.isoformat() if was.status.archived_at else "",
            "version": was.version,
            "createdAt": was.created_at.isoformat(),
            "updatedAt": was.updated_at.isoformat(),
            "moved": self.moved,
        }


def absorbed_client(client_id: UUID, document: Mapping[str, Any]) -> Client:
    """Return the absorbed client as it was before the merge."""
    archived = document["archivedAt"]
    return Client(
        id=client_id,
        profile=ClientProfile.from_payload(document["details"]),
        status=ClientStatus(
            screening_status=ClientScreeningStatus(document["screeningStatus"]),
            communication_preference=CommunicationPreference(document["communicationPreference"]),
            source=ClientSource(document["source"]),
            archived_at=datetime.fromisoformat(archived) if archived else None,
        ),
        version=document["version"],
        created_at=datetime.fromisoformat(document["createdAt"]),
        updated_at=datetime.fromisoformat(document["updatedAt"]),
    )


def merge_details(target: ClientProfile, source: ClientProfile) -> ClientProfile:
    """Return the target's profile with the source's data added: nothing is lost, the source's name becomes an alias."""
    accounts = dict.fromkeys((*target.accounts, *source.accounts))
    import_keys = dict.fromkeys((*target.import_keys, *source.import_keys))
    aliases = dict.fromkeys((*target.aliases, source.name, *source.aliases))
    account_id = next(iter(accounts), None)
    import_key = next(iter(import_keys), "")
    return replace(
        target,
        aliases=tuple(one for one in aliases if one != target.name),
        phones=tuple(dict.fromkeys((*target.phones, *source.phones))),
        emails=_once(normalize_email, target.emails, source.emails),
        tags=_once(normalize_tag, target.tags, source.tags),
        reference_sites=tuple(dict.fromkeys((*target.reference_sites, *source.reference_sites))),
        preferences=_texts(target.preferences, source.preferences),
        notes=_texts(target.notes, source.notes),
        account_id=account_id,
        import_key=import_key,
        merged_accounts=tuple(one for one in accounts if one != account_id),
        merged_import_keys=tuple(one for one in import_keys if one != import_key),
    )


def merge_status(target: ClientStatus, source: ClientStatus) -> ClientStatus:
    """Return the status of the merged client: a rejection and a refusal of contact outlast a merge."""
    statuses = (target.screening_status, source.screening_status)
    if ClientScreeningStatus.REJECTED in statuses:
        status = ClientScreeningStatus.REJECTED
    elif target.screening_status is ClientScreeningStatus.PENDING:
        status = source.screening_status
    else:
        status = target.screening_status
    preferences = (target.communication_preference, source.communication_preference)
    return replace(
        target,
        screening_status=status,
        communication_preference=min(preferences, key=_STRICTEST_FIRST.index),
    )


def _once(fold: Any, target: tuple[str, ...], source: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for one in (*target, *source):
        found.setdefault(fold(one), one)
    return tuple(found.values())


def _texts(target: str, source: str) -> str:
    """Return both texts, one below the other; if that is too long, the source's text is only in the merge record."""
    if not source or source == target:
        return target
    both = f"{target}\n\n{source}" if target else source
    return both if len(both) <= LONGEST_TEXT else target
