"""Import rows: mapping to a client, and merging into an existing one.

Existing values are never overwritten: a row adds missing numbers, addresses, tags and notes.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm.domain.client_files import ImportRow
from crm.domain.clients import EDITED_FIELDS, STATUS_FIELDS, ClientProfile, ClientStatus
from crm.domain.enums import ClientSource
from crm.domain.normalisation import normalize_email, normalize_phone


class Outcome(StrEnum):
    """Result of an imported row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Report entry of one row, without its contents; `message` is in the language in which the file was imported."""

    line: int
    what: str
    outcome: Outcome
    field: str | None = None
    message: str | None = None
    record_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the line as JSON, without empty values."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "ReportLine":
        """Return the line of a JSON document."""
        return cls(**{**document, "outcome": Outcome(document["outcome"])})


@dataclass(frozen=True, slots=True)
class ImportedClient:
    """Parsed row. `existing_id`: the id that the row names, if it is one."""

    profile: ClientProfile
    status: ClientStatus
    existing_id: UUID | None


def parse_row(row: ImportRow, region: str | None) -> ImportedClient:
    """Return the parsed row; raise `Invalid` naming the field."""
    phones = [normalize_phone(text, region) for text in row.lists.get("phones", ())]
    lists = {**row.lists, "phones": phones}
    values = {
        field.name: field.parse(
            lists.get(field.name, ()) if field.is_list else [row.texts.get(field.name, "")]
        )
        for field in EDITED_FIELDS
    }
    key = row.texts.get("key", "")
    profile = ClientProfile(
        **values, import_key=_import_key(row, key, values["phones"], values["emails"])
    )
    status = ClientStatus(
        source=ClientSource.IMPORT,
        **{
            field.name: field.parse([text]) if text else field.default
            for field in STATUS_FIELDS
            if field.declaration.import_names
            for text in (_normalize_value(row.texts.get(field.name, "")),)
        },
    )
    return ImportedClient(profile, status, _parse_uuid(key))


def merge_into_existing(existing: ClientProfile, imported: ClientProfile) -> ClientProfile:
    """Return the existing profile with the missing values of a row."""
    known = {_normalize_name(name) for name in (existing.name, *existing.aliases)}
    names = (imported.name, *imported.aliases)
    imported = replace(
        imported, aliases=tuple(name for name in names if _normalize_name(name) not in known)
    )
    return replace(
        existing,
        **{
            field.name: field.declaration.merge.add_imported(
                field, getattr(existing, field.name), getattr(imported, field.name)
            )
            for field in EDITED_FIELDS
        },
    )


def _import_key(row: ImportRow, key: str, phones: tuple[str, ...], emails: tuple[str, ...]) -> str:
    if key:
        return f"key:{key}"
    if phones:
        return f"phone:{phones[0]}"
    if emails:
        return f"email:{normalize_email(emails[0])}"
    return f"row:{row.content_hash()}"


def _normalize_value(text: str) -> str:
    return text.casefold().replace(" ", "_").replace("-", "_")


def _parse_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _normalize_name(name: str) -> str:
    return " ".join(name.casefold().split())
