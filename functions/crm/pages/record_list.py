"""List pages of records: filters of the address, one page of rows, and the link to the next page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol
from urllib.parse import urlencode

from fastapi.responses import Response

from crm.pages.context import LockAwarePageContext, UnlockedPageContext
from crm.pages.forms import parse_uuid
from crm.pages.labels import Badge, parse_enum
from crm.repository.encrypted_records import RecordFilter
from kit.errors import Invalid
from kit.pages import Form


class RecordListPage(Protocol):
    """Page of records as a service returns it."""

    @property
    def next_cursor(self) -> str | None:
        """Return the cursor of the next page, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Cell of a list: a text, which may be a link, or a badge."""

    text: str = ""
    href: str = ""
    badge: Badge | None = None
    label: str = ""
    """Words before the text on a phone, where the table shows no heads of columns."""
    is_muted: bool = False
    is_number: bool = False


def render_record_list[P: RecordListPage](
    context: UnlockedPageContext | LockAwarePageContext,
    template: str,
    part: str,
    *,
    filters: Mapping[str, object],
    load_page: Callable[[str | None], P],
    view: Callable[[P], Mapping[str, Any]],
    status: int = 200,
) -> Response:
    """Render a page of a list; a malformed cursor leads to the first page.

    `part` is the list's address below `/crm`, `filters` its query parameters by name, of which empty ones are left
    out. `view` returns the template's variables of a page.
    """
    query = {name: str(value) for name, value in filters.items() if value}
    try:
        page = load_page(context.request.query_params.get("cursor") or None)
    except Invalid:
        return context.redirect(f"{part}?{urlencode(query)}" if query else part)
    more = urlencode(query | {"cursor": page.next_cursor or ""})
    variables = {
        "form": Form(query),
        "is_filtered": bool(query),
        "list_url": f"{context.path}{part}",
        "next_url": f"{context.path}{part}?{more}" if page.next_cursor else "",
    }
    return context.render(template, status, **(variables | dict(view(page))))


def status_filters(
    context: UnlockedPageContext, kind: type[StrEnum]
) -> tuple[dict[str, object], RecordFilter]:
    """Return the filters by status and client that the address names, and the record filter of them."""
    query = context.request.query_params
    status, client = parse_enum(kind, query.get("status")), parse_uuid(query.get("client", ""))
    record_filter = RecordFilter(client_id=client, equal={"status": status} if status else None)
    return {"status": status, "client": client}, record_filter
