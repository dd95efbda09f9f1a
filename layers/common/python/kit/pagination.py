"""Keyset pagination by an opaque cursor that holds the sort values of a page's last row.

A cursor is base64url JSON of the sort key, not signed: it only selects among rows that the caller may read anyway.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping

from kit.errors import Invalid
from kit.i18n import gettext as _

type CursorValue = str | int | float | bool | None
MAX_CURSOR_LENGTH = 1024


def encode_cursor(values: Mapping[str, CursorValue]) -> str:
    """Return the cursor for the row with these sort values."""
    text = json.dumps(values, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode_cursor(cursor: str, fields: Mapping[str, type]) -> dict[str, CursorValue]:
    """Return the sort values of `cursor`.

    `fields` maps the required names to their types; any other content is `Invalid("cursor")`.
    """
    refused = Invalid(
        "cursor", _("This cursor is not valid: start again from the first page."), field="cursor"
    )
    if len(cursor) > MAX_CURSOR_LENGTH:
        raise refused
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise refused from error
    if not isinstance(values, dict) or values.keys() != fields.keys():
        raise refused
    if any(type(values[name]) is not kind for name, kind in fields.items()):
        raise refused
    if not all(_is_storable(value) for value in values.values()):
        raise refused
    return values


def _is_storable(value: CursorValue) -> bool:
    """Tell whether PostgreSQL can store the value: any other value was never a row's."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
        case int():
            return -(2**63) <= value < 2**63
        case float():
            return math.isfinite(value)
    return True
