"""Sheets of an archive, held to the shapes of what the API takes: a file may have been written by anybody."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from crm.domain.booking_snapshot import BookingSnapshot, BookingState
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.export_schema import ExportRecord, ExportTable
from crm.schemas.clients import ClientBody, SiteBody
from crm.schemas.communications import CommunicationBody
from crm.schemas.fields import Currency, Email, MinorUnits, Name, PhoneText, Tag
from crm.schemas.references import ReferenceBody
from crm.schemas.screening import ScreeningBody
from crm.schemas.subscriptions import SubscriptionBody
from crm.schemas.tasks import TaskBody
from crm.schemas.visits import VisitBody
from crm.service.clients import normalize_details
from kit.datetime_fields import Moment
from kit.errors import Invalid
from kit.http import Request
from kit.validation import sentences

# More than one body may have: every merge joins the lists of two entries.
_LIST: Any = Field(default=[], max_length=1000)
_LINK = re.compile(r"[A-Za-z0-9_-]{48}")
_MOMENT: TypeAdapter[datetime | None] = TypeAdapter(Moment | None)
_VERSION: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=1_000_000)])

type _Kept = Mapping[str, Any]


class _Client(ClientBody):
    aliases: list[Name] = _LIST
    phones: list[PhoneText] = _LIST
    emails: list[Email] = _LIST
    reference_sites: list[SiteBody] = _LIST
    tags: list[Tag] = _LIST
    account_id: UUID | None = None
    import_key: str = Field(default="", max_length=20_000)
    merged_accounts: list[UUID] = _LIST
    merged_import_keys: list[Annotated[str, Field(max_length=20_000)]] = _LIST


class _Said(Request):
    state: BookingState
    currency: Currency | None = None
    amount_minor: MinorUnits | None = None
    paid_minor: MinorUnits | None = None
    fee_minor: MinorUnits | None = None
    refund_minor: MinorUnits | None = None


class _Merge(Request):
    details: dict[str, Any]
    screening_status: ClientScreeningStatus
    communication_preference: CommunicationPreference
    source: ClientSource
    archived_at: Moment | None
    version: int = Field(ge=1, le=2**31 - 1)
    created_at: Moment
    updated_at: Moment
    moved: dict[str, Annotated[int, Field(ge=0, le=10**9)]]


def fitted(shelf: ExportTable, sheet: ExportRecord, tenant: UUID) -> ExportRecord:
    """Return a sheet as the book itself would have written it; raise `Invalid` for one that it would refuse."""
    try:
        for name, value in sheet.fields.items():
            if name.endswith(("_at", "_on")):
                _checked(_MOMENT, name, value)
        if "version" in sheet.fields:
            _checked(_VERSION, "version", sheet.fields["version"])
        document = _SHAPES[shelf.name](sheet.fields, sheet.document)
    except ValidationError as error:
        field, message = next(iter(sentences(error.errors()).items()))
        raise Invalid("entry-malformed", message, field=field or "document") from None
    if shelf.name == "areaNotifications":
        _check_link(document["link_token"], tenant)
    return replace(sheet, document=document)


def _checked(shape: TypeAdapter[Any], name: str, value: Any) -> None:
    try:
        shape.validate_python(value)
    except ValidationError:
        raise _malformed(name) from None


def _malformed(field: str) -> Invalid:
    return Invalid("entry-malformed", "This entry is not as an export writes it.", field=field)


def _of[B: Request](body: type[B], *stored: _Kept) -> B:
    """Return what a body takes of what is kept: of columns first, since they are written as they are."""
    whole = {name: value for some in reversed(stored) for name, value in some.items()}
    return body.model_validate({name: whole[name] for name in body.model_fields if name in whole})


def _client(fields: _Kept, document: _Kept) -> dict[str, Any]:
    names = {info.alias: name for name, info in _Client.model_fields.items()}
    said = {names[key]: value for key, value in document.items() if key in names}
    sites = said.get("reference_sites", [])
    if isinstance(sites, list):
        said["reference_sites"] = [_site(one) for one in sites]
    body = _of(_Client, fields, said)
    return replace(
        normalize_details(body.to_input().profile),
        account_id=body.account_id,
        import_key=body.import_key,
        merged_accounts=tuple(body.merged_accounts),
        merged_import_keys=tuple(body.merged_import_keys),
    ).encrypted_payload()


def _site(stored: Any) -> Any:
    match stored:
        case [site, handle]:
            return {"site": site, "handle": handle}
        case _:
            return stored


def _visit(fields: _Kept, document: _Kept) -> dict[str, Any]:
    visit = _of(VisitBody, fields, document).to_visit()
    if "booking" not in document:
        return visit.encrypted_payload()
    said = _Said.model_validate(document["booking"])
    return replace(visit, booking_snapshot=BookingSnapshot(**said.model_dump())).encrypted_payload()


def _area(fields: _Kept, document: _Kept) -> dict[str, Any]:
    body = _of(SubscriptionBody, fields, document)
    stored = {"area": body.area, "how": body.how, "link_token": document.get("link_token")}
    return {name: value for name, value in stored.items() if value or name != "how"}


def _check_link(token: Any, tenant: UUID) -> None:
    """It leaves in letters, and has to end those of this book."""
    is_ours = isinstance(token, str) and _LINK.fullmatch(token)
    if not is_ours or base64.urlsafe_b64decode(token)[:16] != tenant.bytes:
        raise _malformed("link_token")


def _merge(_: _Kept, document: _Kept) -> dict[str, Any]:
    was = {**document, "archivedAt": document.get("archivedAt") or None}
    body = _Merge.model_validate(was)
    clear = {
        "screening_status": body.screening_status,
        "communication_preference": body.communication_preference,
    }
    return body.model_dump(by_alias=True, mode="json") | {
        "details": _client(clear, body.details),
        "archivedAt": body.archived_at.isoformat() if body.archived_at else "",
    }


_SHAPES: Mapping[str, Callable[[_Kept, _Kept], dict[str, Any]]] = {
    "clients": _client,
    "screening": lambda *stored: _of(ScreeningBody, *stored).to_screening().encrypted_payload(),
    "references": lambda *stored: _of(ReferenceBody, *stored).to_reference().encrypted_payload(),
    "visits": _visit,
    "communications": lambda *stored: (
        _of(CommunicationBody, *stored).to_input().encrypted_payload()
    ),
    "areaNotifications": _area,
    "tasks": lambda *stored: _of(TaskBody, *stored).to_task().encrypted_payload(),
    "merges": _merge,
}
