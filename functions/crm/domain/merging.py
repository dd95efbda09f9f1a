"""Two entries that are one person: what of each stays."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.clients import Client, ClientProfile, ClientStatus
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import normalize_email, normalize_tag

LONGEST_TEXT = 10_000
# Who said no stays asked by nobody, whatever the other entry says.
_STRICTEST_FIRST = (
    CommunicationPreference.NO_CONTACT,
    CommunicationPreference.AREA_NOTIFICATIONS_ONLY,
    CommunicationPreference.CONTACT_OK,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """That one entry went into another: what it was, and how many rows came over with it."""

    id: UUID
    client_id: UUID
    absorbed: Client
    merged_at: datetime
    moved: dict[str, int]

    def to_payload(self) -> dict[str, Any]:
        """Return what is sealed."""
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
    """Return what somebody was who was merged into somebody else."""
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


def merge_details(kept: ClientProfile, absorbed: ClientProfile) -> ClientProfile:
    """Return the details of who stays with those of who goes: nothing is lost, their name becomes another one."""
    accounts = dict.fromkeys((*kept.accounts, *absorbed.accounts))
    import_keys = dict.fromkeys((*kept.import_keys, *absorbed.import_keys))
    aliases = dict.fromkeys((*kept.aliases, absorbed.name, *absorbed.aliases))
    account_id = next(iter(accounts), None)
    import_key = next(iter(import_keys), "")
    return replace(
        kept,
        aliases=tuple(one for one in aliases if one != kept.name),
        phones=tuple(dict.fromkeys((*kept.phones, *absorbed.phones))),
        emails=_once(normalize_email, kept.emails, absorbed.emails),
        tags=_once(normalize_tag, kept.tags, absorbed.tags),
        reference_sites=tuple(dict.fromkeys((*kept.reference_sites, *absorbed.reference_sites))),
        preferences=_texts(kept.preferences, absorbed.preferences),
        notes=_texts(kept.notes, absorbed.notes),
        account_id=account_id,
        import_key=import_key,
        merged_accounts=tuple(one for one in accounts if one != account_id),
        merged_import_keys=tuple(one for one in import_keys if one != import_key),
    )


def merge_status(kept: ClientStatus, absorbed: ClientStatus) -> ClientStatus:
    """Return how who stays stands from now on: a rejection and a refusal to be written to outlast a merge."""
    statuses = (kept.screening_status, absorbed.screening_status)
    if ClientScreeningStatus.REJECTED in statuses:
        status = ClientScreeningStatus.REJECTED
    elif kept.screening_status is ClientScreeningStatus.PENDING:
        status = absorbed.screening_status
    else:
        status = kept.screening_status
    preferences = (kept.communication_preference, absorbed.communication_preference)
    return replace(
        kept,
        screening_status=status,
        communication_preference=min(preferences, key=_STRICTEST_FIRST.index),
    )


def _once(fold: Any, kept: tuple[str, ...], absorbed: tuple[str, ...]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for one in (*kept, *absorbed):
        found.setdefault(fold(one), one)
    return tuple(found.values())


def _texts(kept: str, absorbed: str) -> str:
    """Both, one below the other; where that is too long, the absorbed one's is in the merge alone."""
    if not absorbed or absorbed == kept:
        return kept
    both = f"{kept}\n\n{absorbed}" if kept else absorbed
    return both if len(both) <= LONGEST_TEXT else kept
