"""Somebody in the book."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from crm.domain.contacts import folded_email, folded_tag, name_words
from crm.domain.enums import ClientSource, CommunicationPreference, ScreeningStatus


@dataclass(frozen=True, slots=True)
class ReferenceSite:
    """Where a client is known, and under which name."""

    site: str
    handle: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What identifies somebody: sealed, never in clear. Phones are E.164."""

    name: str
    aliases: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    reference_sites: tuple[ReferenceSite, ...] = ()
    tags: tuple[str, ...] = ()
    preferences: str = ""
    notes: str = ""
    account_id: UUID | None = None
    """Who it is on the platform, where an entry came from a booking."""
    import_key: str = ""
    """What a row of an import called it, so that importing again finds it."""

    def tokens(self) -> set[tuple[str, str]]:
        """Return (kind, value) of everything by which it is found."""
        found = {("phone", phone) for phone in self.phones}
        found |= {("email", folded_email(email)) for email in self.emails}
        found |= {("name", word) for word in name_words(self.name, *self.aliases)}
        found |= {("tag", folded_tag(tag)) for tag in self.tags}
        if self.account_id:
            found.add(("account", self.account_id.hex))
        if self.import_key:
            found.add(("import", self.import_key))
        return found

    def document(self) -> dict[str, Any]:
        """Return it as it is sealed; what is empty is left out."""
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
        }
        return {key: value for key, value in whole.items() if value}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Details":
        """Return what was sealed."""
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
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in clear about somebody."""

    screening_status: ScreeningStatus = ScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    source: ClientSource = ClientSource.MANUAL
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An entry, opened."""

    id: UUID
    details: Details
    standing: Standing
    version: int
    created_at: datetime
    updated_at: datetime
