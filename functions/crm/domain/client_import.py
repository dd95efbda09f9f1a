"""What comes of a row that is brought in, and how it joins what is in the book already.

Nothing that she wrote is overwritten: a row adds numbers, addresses, tags and notes that are missing.
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
_LONGEST_TEXT = 10_000


class Outcome(StrEnum):
    """What came of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One row's entry in the report: never what stood in it."""

    line: int
    what: str
    outcome: Outcome
    field: str | None = None
    message: str | None = None
    record_id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "ReportLine":
        """Return what was kept."""
        return cls(**{**kept, "outcome": Outcome(kept["outcome"])})


@dataclass(frozen=True, slots=True)
class ImportedClient:
    """A row, understood. `named`: the id of a client of this book, if the row gives one."""

    details: ClientProfile
    standing: ClientStatus
    named: UUID | None


def parse_row(row: ImportRow, region: str | None) -> ImportedClient:
    """Return what a row says; raise `Invalid` naming the field."""
    phones = _each(row, "phones", 10, lambda text: normalize_phone(text, region))
    emails = _each(row, "emails", 10, _email)
    key = row.texts.get("key", "")
    named = _id(key)
    details = ClientProfile(
        name=_line("name", row.texts.get("name", ""), 120),
        aliases=_each(row, "aliases", 20, lambda text: _line("aliases", text, 120)),
        phones=phones,
        emails=tuple({normalize_email(one): one for one in emails}.values()),
        reference_sites=_each(row, "sites", 20, _site),
        tags=tuple({normalize_tag(one): one for one in _each(row, "tags", 30, _tag)}.values()),
        preferences=_text("preferences", row),
        notes=_text("notes", row),
        import_key=_import_key(row, key, phones, emails),
    )
    standing = ClientStatus(
        screening_status=_enum(
            row, "screening_status", ClientScreeningStatus, ClientScreeningStatus.PENDING
        ),
        communication_preference=_enum(
            row,
            "communication_preference",
            CommunicationPreference,
            CommunicationPreference.CONTACT_OK,
        ),
        source=ClientSource.IMPORT,
    )
    return ImportedClient(details, standing, named)


def merge_into_existing(before: ClientProfile, said: ClientProfile) -> ClientProfile:
    """Return what is known of somebody with what a row adds to it."""
    names = {_plain(before.name), *map(_plain, before.aliases)}
    others = (said.name, *said.aliases)
    aliases = tuple(dict.fromkeys(name for name in others if _plain(name) not in names))
    emails, tags = set(map(normalize_email, before.emails)), set(map(normalize_tag, before.tags))
    return replace(
        before,
        aliases=before.aliases + aliases,
        phones=tuple(dict.fromkeys((*before.phones, *said.phones))),
        emails=before.emails
        + tuple(one for one in said.emails if normalize_email(one) not in emails),
        reference_sites=tuple(dict.fromkeys((*before.reference_sites, *said.reference_sites))),
        tags=before.tags + tuple(one for one in said.tags if normalize_tag(one) not in tags),
        preferences=_added(before.preferences, said.preferences),
        notes=_added(before.notes, said.notes),
        import_key=before.import_key,
    )


def _import_key(row: ImportRow, key: str, phones: tuple[str, ...], emails: tuple[str, ...]) -> str:
    if key:
        return f"key:{key}"
    if phones:
        return f"phone:{phones[0]}"
    if emails:
        return f"email:{normalize_email(emails[0])}"
    return f"row:{row.content_hash()}"


def _each[T](row: ImportRow, name: str, most: int, understand: Callable[[str], T]) -> tuple[T, ...]:
    found = tuple(dict.fromkeys(understand(text) for text in row.lists.get(name, ())))
    if len(found) > most:
        raise Invalid("too-many", f"At most {most} in one row.", field=name)
    return found


def _line(field: str, text: str, longest: int) -> str:
    if not text:
        raise Invalid("missing", "Say what you call them.", field=field)
    if len(text) > longest:
        raise Invalid("too-long", f"Use at most {longest} characters.", field=field)
    if not _LINE.match(text):
        raise Invalid("not-a-line", "Write this in one line, in plain characters.", field=field)
    return text


def _text(field: str, row: ImportRow) -> str:
    text = row.texts.get(field, "")
    if len(text) > _LONGEST_TEXT:
        raise Invalid("too-long", f"Use at most {_LONGEST_TEXT:,} characters.", field=field)
    if not _TEXT.match(text):
        raise Invalid("unseen", "Write this in plain characters.", field=field)
    return text


def _email(text: str) -> str:
    if len(text) > 254 or not _EMAIL.match(text):
        raise Invalid("email-malformed", "This is not an e-mail address.", field="emails")
    return text


def _tag(text: str) -> str:
    return _line("tags", text, 40)


def _site(text: str) -> ReferenceSite:
    site, _, handle = text.partition(":")
    if not handle.strip():
        raise Invalid(
            "site-malformed", "Write the site, a colon, and the name there.", field="sites"
        )
    return ReferenceSite(_line("sites", site.strip(), 200), _line("sites", handle.strip(), 200))


def _enum[E: StrEnum](row: ImportRow, field: str, words: type[E], otherwise: E) -> E:
    text = row.texts.get(field, "").casefold().replace(" ", "_").replace("-", "_")
    if not text:
        return otherwise
    try:
        return words(text)
    except ValueError:
        known = ", ".join(words)
        raise Invalid("word-unknown", f"Write one of {known}.", field=field) from None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _added(before: str, said: str) -> str:
    if not said or said in before:
        return before
    whole = f"{before}\n{said}" if before else said
    return whole if len(whole) <= _LONGEST_TEXT else before
