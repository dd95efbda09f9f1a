"""Validation of archive records with the API's own request bodies: the file may have been crafted."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, get_args
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError, create_model

from crm.domain.booking_snapshot import BookingSnapshot, BookingState
from crm.domain.clients import ORIGIN_FIELDS, PROFILE_FIELDS
from crm.domain.enums import ClientScreeningStatus, ClientSource, CommunicationPreference
from crm.domain.export_schema import ExportRecord, ExportTable
from crm.schemas.clients import ClientBody, request_type
from crm.schemas.communications import CommunicationBody
from crm.schemas.fields import Currency, MinorUnits
from crm.schemas.references import ReferenceBody
from crm.schemas.screening import ScreeningBody
from crm.schemas.subscriptions import SubscriptionBody
from crm.schemas.tasks import TaskBody
from crm.schemas.visits import VisitBody
from crm.service.clients import normalize_details
from kit.datetime_fields import Moment
from kit.errors import Invalid
from kit.http import Request
from kit.i18n import gettext as _
from kit.validation import sentences

# More than one body may have: every merge joins the lists of two clients.
_MERGED_LIST: Any = Field(default=[], max_length=1000)
_LINK_TOKEN = re.compile(r"[A-Za-z0-9_-]{48}")
_MOMENT: TypeAdapter[datetime | None] = TypeAdapter(Moment | None)
_VERSION: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=1_000_000)])

type _Columns = Mapping[str, Any]


if TYPE_CHECKING:
    _Client = ClientBody
else:
    # Lists may be longer than in a request, and the fields that tell where the client came from are added.
    _Client = create_model(
        "_Client",
        __base__=ClientBody,
        **{
            field.name: (get_args(request_type(field))[0], _MERGED_LIST)
            if field.is_list
            else (request_type(field), field.default)
            for field in PROFILE_FIELDS
            if field.is_list or field in ORIGIN_FIELDS
        },
    )


class _BookingSnapshot(Request):
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


def normalize_record(table: ExportTable, record: ExportRecord, tenant: UUID) -> ExportRecord:
    """Return a record as the API would have stored it; raise `Invalid` for one that the API would refuse."""
    try:
        for name, value in record.fields.items():
            if name.endswith(("_at", "_on")):
                _validate_column(_MOMENT, name, value)
        if "version" in record.fields:
            _validate_column(_VERSION, "version", record.fields["version"])
        document = _NORMALIZERS[table.name](record.fields, record.document)
    except ValidationError as error:
        field, message = next(iter(sentences(error.errors()).items()))
        raise Invalid("entry-malformed", message, field=field or "document") from None
    if table.name == "areaNotifications":
        _require_own_link(document["link_token"], tenant)
    return replace(record, document=document)


def _validate_column(shape: TypeAdapter[Any], name: str, value: Any) -> None:
    try:
        shape.validate_python(value)
    except ValidationError:
        raise _malformed_record(name) from None


def _malformed_record(field: str) -> Invalid:
    return Invalid(
        "entry-malformed", _("This record does not have the format of an export."), field=field
    )


def _validate_body[B: Request](body: type[B], *stored: _Columns) -> B:
    """Return the body validated from stored values; columns take precedence, since they are written unchanged."""
    whole = {name: value for some in reversed(stored) for name, value in some.items()}
    return body.model_validate({name: whole[name] for name in body.model_fields if name in whole})


def _normalize_client(fields: _Columns, document: _Columns) -> dict[str, Any]:
    names = {info.alias: name for name, info in _Client.model_fields.items()}
    known = {names[key]: value for key, value in document.items() if key in names}
    sites = known.get("reference_sites", [])
    if isinstance(sites, list):
        known["reference_sites"] = [_site_to_body(one) for one in sites]
    body = _validate_body(_Client, fields, known)
    return normalize_details(body.to_input().profile).encrypted_payload()


def _site_to_body(stored: Any) -> Any:
    match stored:
        case [site, handle]:
            return {"site": site, "handle": handle}
        case _:
            return stored


def _normalize_visit(fields: _Columns, document: _Columns) -> dict[str, Any]:
    visit = _validate_body(VisitBody, fields, document).to_visit()
    if "booking" not in document:
        return visit.encrypted_payload()
    known = _BookingSnapshot.model_validate(document["booking"])
    return replace(
        visit, booking_snapshot=BookingSnapshot(**known.model_dump())
    ).encrypted_payload()


def _normalize_subscription(fields: _Columns, document: _Columns) -> dict[str, Any]:
    body = _validate_body(SubscriptionBody, fields, document)
    stored = {"area": body.area, "how": body.how, "link_token": document.get("link_token")}
    return {name: value for name, value in stored.items() if value or name != "how"}


def _require_own_link(token: Any, tenant: UUID) -> None:
    """Require an unsubscribe token of this workspace: campaign e-mails contain it, and it must end them."""
    is_ours = isinstance(token, str) and _LINK_TOKEN.fullmatch(token)
    if not is_ours or base64.urlsafe_b64decode(token)[:16] != tenant.bytes:
        raise _malformed_record("link_token")


def _normalize_merge(_: _Columns, document: _Columns) -> dict[str, Any]:
    raw = {**document, "archivedAt": document.get("archivedAt") or None}
    body = _Merge.model_validate(raw)
    clear = {
        "screening_status": body.screening_status,
        "communication_preference": body.communication_preference,
    }
    return body.model_dump(by_alias=True, mode="json") | {
        "details": _normalize_client(clear, body.details),
        "archivedAt": body.archived_at.isoformat() if body.archived_at else "",
    }


_NORMALIZERS: Mapping[str, Callable[[_Columns, _Columns], dict[str, Any]]] = {
    "clients": _normalize_client,
    "screening": lambda *stored: (
        _validate_body(ScreeningBody, *stored).to_screening().encrypted_payload()
    ),
    "references": lambda *stored: (
        _validate_body(ReferenceBody, *stored).to_reference().encrypted_payload()
    ),
    "visits": _normalize_visit,
    "communications": lambda *stored: (
        _validate_body(CommunicationBody, *stored).to_input().encrypted_payload()
    ),
    "areaNotifications": _normalize_subscription,
    "tasks": lambda *stored: _validate_body(TaskBody, *stored).to_task().encrypted_payload(),
    "merges": _normalize_merge,
}
