"""Import rows: mapping to a client, and merging into an existing one.

Existing values are never overwritten: a row adds missing numbers, addresses, tags and notes.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from crm.domain.client_files import ImportRow
from crm.domain.clients import ClientProfile, ClientStatus, ReferenceSite
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import normalize_email, normalize_phone, normalize_tag
from kit.errors import Invalid
from kit.text_fields import LINE, TEXT

_EMAIL = re.compile(r"^[^@\s<>\"(),:;\[\]\\]+@[^@\s<>\"(),:;\[\]\\]+\.[^@\s.]+$")
_LINE, _TEXT = re.compile(LINE), re.compile(TEXT)
_MAX_TEXT_LENGTH = 10_000


class Outcome(StrEnum):
    """Result of an imported row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """Report entry of one row, without its contents."""

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
    phones = _parse_list(row, "phones", 10, lambda text: normalize_phone(text, region))
    emails = _parse_list(row, "emails", 10, _require_email)
    key = row.texts.get("key", "")
    existing_id = _parse_uuid(key)
    profile = ClientProfile(
        name=_require_line("name", row.texts.get("name", ""), 120),
        aliases=_parse_list(row, "aliases", 20, lambda text: _require_line("aliases", text, 120)),
        phones=phones,
        emails=tuple({normalize_email(one): one for one in emails}.values()),
        reference_sites=_parse_list(row, "sites", 20, _parse_site),
        tags=tuple(
            {normalize_tag(one): one for one in _parse_list(row, "tags", 30, _require_tag)}.values()
        ),
        preferences=_require_text("preferences", row),
        notes=_require_text("notes", row),
        import_key=_import_key(row, key, phones, emails),
    )
    status = ClientStatus(
        screening_status=_parse_enum(
            row, "screening_status", ClientScreeningStatus, ClientScreeningStatus.PENDING
        ),
        communication_preference=_parse_enum(
            row,
            "communication_preference",
            CommunicationPreference,
            CommunicationPreference.CONTACT_OK,
        ),
        source=ClientSource.IMPORT,
    )
    return ImportedClient(profile, status, existing_id)


def merge_into_existing(existing: ClientProfile, imported: ClientProfile) -> ClientProfile:
    """Return the existing profile with the missing values of a row."""
    names = {_normalize_name(existing.name), *map(_normalize_name, existing.aliases)}
    others = (imported.name, *imported.aliases)
    aliases = tuple(dict.fromkeys(name for name in others if _normalize_name(name) not in names))
    emails, tags = (
        set(map(normalize_email, existing.emails)),
        set(map(normalize_tag, existing.tags)),
    )
    return replace(
        existing,
        aliases=existing.aliases + aliases,
        phones=tuple(dict.fromkeys((*existing.phones, *imported.phones))),
        emails=existing.emails
        + tuple(one for one in imported.emails if normalize_email(one) not in emails),
        reference_sites=tuple(
            dict.fromkeys((*existing.reference_sites, *imported.reference_sites))
        ),
        tags=existing.tags + tuple(one for one in imported.tags if normalize_tag(one) not in tags),
        preferences=_append_text(existing.preferences, imported.preferences),
        notes=_append_text(existing.notes, imported.notes),
        import_key=existing.import_key,
    )


def _import_key(row: ImportRow, key: str, phones: tuple[str, ...], emails: tuple[str, ...]) -> str:
    if key:
        return f"key:{key}"
    if phones:
        return f"phone:{phones[0]}"
    if emails:
        return f"email:{normalize_email(emails[0])}"
    return f"row:{row.content_hash()}"


def _parse_list[T](
    row: ImportRow, name: str, limit: int, parse: Callable[[str], T]
) -> tuple[T, ...]:
    found = tuple(dict.fromkeys(parse(text) for text in row.lists.get(name, ())))
    if len(found) > limit:
        raise Invalid("too-many", f"At most {limit} in one row.", field=name)
    return found


def _require_line(field: str, text: str, max_length: int) -> str:
    if not text:
        raise Invalid("missing", "Enter a name.", field=field)
    if len(text) > max_length:
        raise Invalid("too-long", f"Use at most {max_length} characters.", field=field)
    if not _LINE.match(text):
        raise Invalid("not-a-line", "Use one line of plain text.", field=field)
    return text


def _require_text(field: str, row: ImportRow) -> str:
    text = row.texts.get(field, "")
    if len(text) > _MAX_TEXT_LENGTH:
        raise Invalid("too-long", f"Use at most {_MAX_TEXT_LENGTH:,} characters.", field=field)
    if not _TEXT.match(text):
        raise Invalid("unseen", "Use plain text.", field=field)
    return text


def _require_email(text: str) -> str:
    if len(text) > 254 or not _EMAIL.match(text):
        raise Invalid("email-malformed", "This is not an e-mail address.", field="emails")
    return text


def _require_tag(text: str) -> str:
    return _require_line("tags", text, 40)


def _parse_site(text: str) -> ReferenceSite:
    site, _, handle = text.partition(":")
    if not handle.strip():
        raise Invalid("site-malformed", "Enter the site, a colon and the user name.", field="sites")
    return ReferenceSite(
        _require_line("sites", site.strip(), 200), _require_line("sites", handle.strip(), 200)
    )


def _parse_enum[E: StrEnum](row: ImportRow, field: str, enum: type[E], default: E) -> E:
    text = row.texts.get(field, "").casefold().replace(" ", "_").replace("-", "_")
    if not text:
        return default
    try:
        return enum(text)
    except ValueError:
        known = ", ".join(enum)
        raise Invalid("word-unknown", f"Use one of {known}.", field=field) from None


def _parse_uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _normalize_name(name: str) -> str:
    return " ".join(name.casefold().split())


def _append_text(existing: str, imported: str) -> str:
    if not imported or imported in existing:
        return existing
    whole = f"{existing}\n{imported}" if existing else imported
    return whole if len(whole) <= _MAX_TEXT_LENGTH else existing
