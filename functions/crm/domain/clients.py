"""Clients: the encrypted profile and the plaintext status, each field with its declaration.

Encrypted document, merging, import, API, pages and data requests follow the declarations: a new field needs no other
change.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from crm.domain.client_fields import (
    ID_ITEM,
    JOIN_TEXT,
    KEEP,
    KEEP_FIRST,
    UNION,
    ClientField,
    DataRequestSection,
    ItemType,
    MergePolicy,
    SearchToken,
    Widget,
    declared_fields,
    strictest,
)
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.normalisation import name_tokens, normalize_email, normalize_tag
from crm.domain.text_fields import Email, ImportKey, Line, Name, PhoneText, Tag, Text
from kit.errors import Invalid
from kit.i18n import N_
from kit.i18n import gettext as _


@dataclass(frozen=True, slots=True)
class ReferenceSite:
    """Reference site on which a client is known, and the client's name there."""

    site: Line
    handle: Line


_SITE_COLON = re.compile(r":(?!//)")
"""Colon between a site and a name, and not that of an address."""


def _parse_site(text: str) -> dict[str, str]:
    site, separator, handle = text.rpartition(": ")
    if not separator:
        site, handle = _split_site(text)
    if not site.strip() or not handle.strip():
        raise Invalid("site-malformed", _("Enter site and name with a colon between them."))
    return {"site": site.strip(), "handle": handle.strip()}


def _split_site(text: str) -> tuple[str, str]:
    """Return site and name of a text without a space after the colon between them."""
    colons = [found.start() for found in _SITE_COLON.finditer(text)]
    if not colons:
        return text, ""
    # A site with a scheme may have a port, so that its last colon is the one before the name.
    colon = colons[-1] if "://" in text[: colons[0]] else colons[0]
    return text[:colon], text[colon + 1 :]


_SITE_ITEM = ItemType(
    to_json=lambda one: [one.site, one.handle],
    from_json=lambda stored: ReferenceSite(*stored),
    to_text=lambda one: f"{one.site}: {one.handle}",
    from_text=_parse_site,
    to_sentence=lambda one: _("%(site)s as %(handle)s", site=one.site, handle=one.handle),
)
_NAME_TOKEN = SearchToken("name", name_tokens)
_ACCOUNT_TOKEN = SearchToken("account", lambda account: (account.hex,))
_IMPORT_TOKEN = SearchToken("import", lambda key: (key,))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientProfile:
    """Identifying data of a client, stored encrypted only. Phone numbers are in E.164."""

    name: Annotated[
        Name,
        Field(description="Name that the provider uses for the client; encrypted."),
        ClientField(
            label=N_("Name"),
            fact_label="",
            hint=N_("The name you use for this client. It is encrypted."),
            widget=Widget.LINE,
            import_names="client clientname fullname displayname kunde kundenname",
            merge=KEEP,
            data_request=DataRequestSection.DETAILS,
            token=_NAME_TOKEN,
        ),
    ]
    aliases: Annotated[
        tuple[Name, ...],
        Field(max_length=20),
        ClientField(
            label=N_("Other names"),
            widget=Widget.LINES,
            import_names="alias aka nickname nicknames spitzname",
            merge=UNION,
            data_request=DataRequestSection.DETAILS,
            data_request_label=N_("Name"),
            token=_NAME_TOKEN,
        ),
    ] = ()
    phones: Annotated[
        tuple[PhoneText, ...],
        Field(max_length=10, description="With country code."),
        ClientField(
            label=N_("Phone numbers"),
            fact_label=N_("Phone"),
            hint=N_("With the country: +49 30 1234567"),
            widget=Widget.INPUTS,
            input_type="tel",
            import_names="phone phonenumber phonenumbers mobile mobilephone cell cellphone tel"
            " telephone telefon telefonnummer handy mobil phone1 phone2 whatsapp",
            merge=UNION,
            data_request=DataRequestSection.DETAILS,
            data_request_label=N_("Phone"),
            token=SearchToken("phone", lambda phone: (phone,)),
        ),
    ] = ()
    emails: Annotated[
        tuple[Email, ...],
        Field(max_length=10),
        ClientField(
            label=N_("E-mail addresses"),
            fact_label=N_("E-mail"),
            hint=N_("One in each field."),
            widget=Widget.INPUTS,
            input_type="email",
            import_names="email emailaddress emailaddresses mail email1 email2",
            comma_separates=True,
            compare_by=normalize_email,
            merge=UNION,
            data_request=DataRequestSection.DETAILS,
            data_request_label=N_("E-mail"),
            token=SearchToken("email", lambda email: (normalize_email(email),)),
        ),
    ] = ()
    reference_sites: Annotated[
        tuple[ReferenceSite, ...],
        Field(max_length=20),
        ClientField(
            label=N_("Reference sites"),
            hint=N_("One per line: the site, a colon, the name there."),
            widget=Widget.LINES,
            import_names="referencesite sites",
            item=_SITE_ITEM,
            merge=UNION,
            data_request=DataRequestSection.DETAILS,
            data_request_label=N_("Known at"),
        ),
    ] = ()
    tags: Annotated[
        tuple[Tag, ...],
        Field(max_length=30),
        ClientField(
            label=N_("Tags"),
            fact_label="",
            widget=Widget.LINES,
            import_names="tag label labels category categories group groups",
            comma_separates=True,
            compare_by=normalize_tag,
            merge=UNION,
            data_request=DataRequestSection.NOTES,
            token=SearchToken("tag", lambda tag: (normalize_tag(tag),)),
        ),
    ] = ()
    preferences: Annotated[
        Text,
        ClientField(
            label=N_("Likes and dislikes"),
            widget=Widget.TEXT,
            import_names="preference likes vorlieben",
            merge=JOIN_TEXT,
            data_request=DataRequestSection.DETAILS,
            data_request_label=N_("Preferences"),
        ),
    ] = ""
    notes: Annotated[
        Text,
        ClientField(
            label=N_("Notes"),
            fact_label="",
            widget=Widget.TEXT,
            import_names="note comment comments remark remarks notiz notizen bemerkung bemerkungen",
            merge=JOIN_TEXT,
            data_request=DataRequestSection.NOTES,
            data_request_label="",
        ),
    ] = ""
    account_id: Annotated[
        UUID | None,
        ClientField(
            item=ID_ITEM,
            merge=KEEP_FIRST,
            data_request=DataRequestSection.WITHHELD,
            token=_ACCOUNT_TOKEN,
        ),
    ] = None
    """Account id of the client on the platform, if the record came from a booking."""
    import_key: Annotated[
        ImportKey,
        ClientField(
            merge=KEEP_FIRST, data_request=DataRequestSection.WITHHELD, token=_IMPORT_TOKEN
        ),
    ] = ""
    """Id of the client in an imported file, so that a second import finds the same record."""
    merged_accounts: Annotated[
        tuple[UUID, ...],
        ClientField(
            item=ID_ITEM,
            merge=UNION,
            data_request=DataRequestSection.WITHHELD,
            token=_ACCOUNT_TOKEN,
        ),
    ] = ()
    """Account ids of clients that were merged into this one."""
    merged_import_keys: Annotated[
        tuple[ImportKey, ...],
        ClientField(merge=UNION, data_request=DataRequestSection.WITHHELD, token=_IMPORT_TOKEN),
    ] = ()
    """Import ids of clients that were merged into this one."""

    def tokens(self) -> set[tuple[str, str]]:
        """Return (kind, value) of every search token of the client."""
        return {
            (token.kind, word)
            for field in PROFILE_FIELDS
            if (token := field.declaration.token)
            for one in field.items(getattr(self, field.name))
            for word in token.words(one)
        }

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
        whole = {
            field.json_name: field.to_json(getattr(self, field.name)) for field in PROFILE_FIELDS
        }
        return {name: value for name, value in whole.items() if value}

    @classmethod
    def from_payload(cls, document: Mapping[str, Any]) -> "ClientProfile":
        """Return the profile from a decrypted document."""
        return cls(
            **{
                field.name: field.from_json(document[field.json_name])
                for field in PROFILE_FIELDS
                if field.json_name in document or field.is_required
            }
        )


PROFILE_FIELDS = declared_fields(ClientProfile)
EDITED_FIELDS = tuple(field for field in PROFILE_FIELDS if field.declaration.widget)
"""Fields that a form, the API or an imported file may change."""
ORIGIN_FIELDS = tuple(field for field in PROFILE_FIELDS if not field.declaration.widget)
"""Fields that tell where the client came from."""


def _merge_screening(_: object, kept: Any, added: Any) -> Any:
    """Return the status of the merged client: a rejection outlasts a merge, and any result a pending one."""
    if ClientScreeningStatus.REJECTED in (kept, added):
        return ClientScreeningStatus.REJECTED
    return added if kept is ClientScreeningStatus.PENDING else kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStatus:
    """Plaintext columns of a client."""

    screening_status: Annotated[
        ClientScreeningStatus,
        ClientField(
            label=N_("Screening"),
            import_names="screening",
            merge=MergePolicy(_merge_screening, KEEP.add_imported),
            data_request=DataRequestSection.WITHHELD,
        ),
    ] = ClientScreeningStatus.PENDING
    # A client who refused contact is not contacted, whatever the other record says.
    communication_preference: Annotated[
        CommunicationPreference,
        ClientField(
            label=N_("Contact"),
            import_names="contactpreference",
            merge=strictest(
                CommunicationPreference.NO_CONTACT,
                CommunicationPreference.AREA_NOTIFICATIONS_ONLY,
                CommunicationPreference.CONTACT_OK,
            ),
            data_request=DataRequestSection.WITHHELD,
        ),
    ] = CommunicationPreference.CONTACT_OK
    source: Annotated[
        ClientSource, ClientField(merge=KEEP, data_request=DataRequestSection.WITHHELD)
    ] = ClientSource.MANUAL
    archived_at: Annotated[
        datetime | None, ClientField(merge=KEEP, data_request=DataRequestSection.WITHHELD)
    ] = None


STATUS_FIELDS = declared_fields(ClientStatus)


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
