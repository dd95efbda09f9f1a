"""Clients: the encrypted profile and the plaintext status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import name_tokens, normalize_email, normalize_tag


@dataclass(frozen=True, slots=True)
class ReferenceSite:
    """Reference site on which a client is known, and the client's name there."""

    site: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """Identifying data of a client, stored encrypted only. Phone numbers are in E.164."""

    name: str
    aliases: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    reference_sites: tuple[ReferenceSite, ...] = ()
    tags: tuple[str, ...] = ()
    preferences: str = ""
    notes: str = ""
    account_id: UUID | None = None
    """Account id of the client on the platform, if the record came from a booking."""
    import_key: str = ""
    """Id of the client in an imported file, so that a second import finds the same record."""
    merged_accounts: tuple[UUID, ...] = ()
    """Account ids of clients that were merged into this one."""
    merged_import_keys: tuple[str, ...] = ()
    """Import ids of clients that were merged into this one."""

    def tokens(self) -> set[tuple[str, str]]:
        """Return (kind, value) of every search token of the client."""
        found = {("phone", phone) for phone in self.phones}
        found |= {("email", normalize_email(email)) for email in self.emails}
        found |= {("name", word) for word in name_tokens(self.name, *self.aliases)}
        found |= {("tag", normalize_tag(tag)) for tag in self.tags}
        found |= {("account", account.hex) for account in self.accounts}
        found |= {("import", key) for key in self.import_keys}
        return found

    @property
    def accounts(self) -> tuple[UUID, ...]:
        """Return all account ids of the client on the platform."""
        return tuple(filter(None, (self.account_id, *self.merged_accounts)))

    @property
    def import_keys(self) -> tuple[str, ...]:
        """Return all ids of the client in imported files."""
        return tuple(filter(None, (self.import_key, *self.merged_import_keys)))

    def encrypted_payload(self) -> dict[str, Any]:
        """Return the JSON document to encrypt, without empty values."""
        sites = [[one.site, one.handle] for one in self.reference_sites]
        whole = {
            "name": self.name,
            "aliases": list(self.aliases),
            "phones": list(self.phones),
            "emails": list(self.emails),
            "referenceSites": sites,
            "tags": list(self.tags),
            "preferences": self.preferences,
            "notes": self.notes,
            "accountId": str(self.account_id) if self.account_id else "",
            "importKey": self.import_key,
            "mergedAccounts": [str(one) for one in self.merged_accounts],
            "mergedImportKeys": list(self.merged_import_keys),
        }
        return {key: value for key, value in whole.items() if value}

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> "ClientProfile":
        """Return the profile from a decrypted document."""
        account = document.get("accountId")
        return cls(
            name=document["name"],
            aliases=tuple(document.get("aliases", ())),
            phones=tuple(document.get("phones", ())),
            emails=tuple(document.get("emails", ())),
            reference_sites=tuple(
                ReferenceSite(site, handle) for site, handle in document.get("referenceSites", ())
            ),
            tags=tuple(document.get("tags", ())),
            preferences=document.get("preferences", ""),
            notes=document.get("notes", ""),
            account_id=UUID(account) if account else None,
            import_key=document.get("importKey", ""),
            merged_accounts=tuple(UUID(one) for one in document.get("mergedAccounts", ())),
            merged_import_keys=tuple(document.get("mergedImportKeys", ())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStatus:
    """Plaintext columns of a client."""

    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    source: ClientSource = ClientSource.MANUAL
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Decrypted client record."""

    id: UUID
    profile: ClientProfile
    status: ClientStatus
    version: int
    created_at: datetime
    updated_at: datetime
    is_readable: bool = True
    """False only in lists: then the profile is a placeholder that says so."""
