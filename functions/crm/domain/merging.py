"""Rules for merging two clients: which data of each is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.client_fields import BoundField
from crm.domain.clients import (
    PROFILE_FIELDS,
    STATUS_FIELDS,
    Client,
    ClientProfile,
    ClientStatus,
)
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference


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
    source = replace(source, aliases=(source.name, *source.aliases))
    merged = _merge(PROFILE_FIELDS, _with_all_ids(target), _with_all_ids(source))
    return replace(
        merged,
        aliases=_without(merged.name, merged.aliases),
        merged_accounts=_without(merged.account_id, merged.merged_accounts),
        merged_import_keys=_without(merged.import_key, merged.merged_import_keys),
    )


def merge_status(target: ClientStatus, source: ClientStatus) -> ClientStatus:
    """Return the status of the merged client: a rejection and a refusal of contact outlast a merge."""
    return _merge(STATUS_FIELDS, target, source)


def _merge[T: (ClientProfile, ClientStatus)](
    fields: Iterable[BoundField], target: T, source: T
) -> T:
    return replace(
        target,
        **{
            field.name: field.declaration.merge.merge(
                field, getattr(target, field.name), getattr(source, field.name)
            )
            for field in fields
        },
    )


def _with_all_ids(profile: ClientProfile) -> ClientProfile:
    """Return the profile with its first id also in the lists of ids: the first of both clients stays the first."""
    return replace(
        profile,
        account_id=next(iter(profile.accounts), None),
        merged_accounts=profile.accounts,
        import_key=next(iter(profile.import_keys), ""),
        merged_import_keys=profile.import_keys,
    )


def _without[T](left_out: object, values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(one for one in values if one != left_out)
