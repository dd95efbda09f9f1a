"""Messages of pydantic's validation errors, for people.

Shared by the JSON API (problem+json) and the forms of the pages, so that both show the same messages.
A message tells what to enter; it never repeats the input, which may be private.
"""

from collections.abc import Callable, Iterable, Mapping

from pydantic_core import ErrorDetails

from kit.i18n import N_, ngettext
from kit.i18n import gettext as _

_DEFAULT = N_("Check this value.")
_SENTENCES = {
    "missing": N_("Fill this in."),
    "string_type": N_("Enter text."),
    "string_unicode": N_("Enter text."),
    "string_pattern_mismatch": N_("This does not look right: check the spelling."),
    "int_type": N_("Enter a whole number."),
    "int_parsing": N_("Enter a whole number."),
    "int_parsing_size": N_("This number is too large."),
    "int_from_float": N_("Enter a whole number."),
    "float_type": N_("Enter a number."),
    "float_parsing": N_("Enter a number."),
    "decimal_type": N_("Enter a number."),
    "decimal_parsing": N_("Enter a number."),
    "finite_number": N_("Enter a number."),
    "greater_than": N_("Enter more than %(gt)s."),
    "greater_than_equal": N_("Enter %(ge)s or more."),
    "less_than": N_("Enter less than %(lt)s."),
    "less_than_equal": N_("Enter %(le)s or less."),
    "multiple_of": N_("Enter a multiple of %(multiple_of)s."),
    "bool_type": N_("Choose yes or no."),
    "bool_parsing": N_("Choose yes or no."),
    "enum": N_("Choose one of these: %(expected)s."),
    "literal_error": N_("Choose one of these: %(expected)s."),
    "date_type": N_("Enter a date like 2031-05-24."),
    "date_parsing": N_("Enter a date like 2031-05-24."),
    "date_from_datetime_parsing": N_("Enter a date like 2031-05-24."),
    "date_past": N_("Enter a date in the past."),
    "date_future": N_("Enter a date in the future."),
    "datetime_type": N_("Enter a date and time like 2031-05-24T18:00:00Z."),
    "datetime_parsing": N_("Enter a date and time like 2031-05-24T18:00:00Z."),
    "datetime_from_date_parsing": N_("Enter a date and time like 2031-05-24T18:00:00Z."),
    "timezone_aware": N_("Add the time zone, for example Z or +02:00."),
    "time_parsing": N_("Enter a time like 18:00."),
    "uuid_type": N_("This is not a valid id."),
    "uuid_parsing": N_("This is not a valid id."),
    "url_type": N_("Enter a full web address that begins with https://."),
    "url_parsing": N_("Enter a full web address that begins with https://."),
    "url_scheme": N_("Enter a full web address that begins with https://."),
    "list_type": N_("Send a list."),
    "tuple_type": N_("Send a list."),
    "set_type": N_("Send a list."),
    "dict_type": N_("Send an object."),
    "model_type": N_("Send an object."),
    "model_attributes_type": N_("Send an object."),
    "extra_forbidden": N_("This field is unknown: remove it."),
    "json_invalid": N_("The body is not valid JSON."),
    "union_tag_not_found": N_("Say which kind this is."),
    "union_tag_invalid": N_("Choose one of these: %(expected_tags)s."),
}
_COUNTED_SENTENCES: dict[str, tuple[str, Callable[[int], str]]] = {
    "string_too_short": (
        "min_length",
        lambda count: ngettext(
            "Use at least %(count)s character.", "Use at least %(count)s characters.", count
        ),
    ),
    "string_too_long": (
        "max_length",
        lambda count: ngettext(
            "Use at most %(count)s character.", "Use at most %(count)s characters.", count
        ),
    ),
    "decimal_max_places": (
        "decimal_places",
        lambda count: ngettext(
            "Use at most %(count)s decimal.", "Use at most %(count)s decimals.", count
        ),
    ),
    "too_short": (
        "min_length",
        lambda count: ngettext("Give at least %(count)s.", "Give at least %(count)s.", count),
    ),
    "too_long": (
        "max_length",
        lambda count: ngettext("Give at most %(count)s.", "Give at most %(count)s.", count),
    ),
}
"""Sentences with a number: its name in the error's context, and the sentence."""
# A validator's own message is already a sentence for people; pydantic puts a word in front of it.
_OWN_MESSAGE = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}
# FastAPI's name for the part of the request; not part of a field's name for people.
_REQUEST_PARTS = frozenset({"body", "query", "path", "header", "cookie"})


def sentence(error: ErrorDetails) -> str:
    """Return the message for one pydantic error."""
    kind = error["type"]
    if kind in _OWN_MESSAGE:
        return error["msg"].removeprefix(_OWN_MESSAGE[kind]) or _(_DEFAULT)
    context = error.get("ctx", {})
    if kind == "string_too_short" and context.get("min_length") == 1:
        return _(_SENTENCES["missing"])
    if kind in _COUNTED_SENTENCES:
        name, count_sentence = _COUNTED_SENTENCES[kind]
        return count_sentence(int(context[name]))
    template = _SENTENCES.get(kind)
    if template is None:
        # A PydanticCustomError of ours has its own type and a message written for people.
        return error["msg"] if kind not in _pydantic_kinds() else _(_DEFAULT)
    return _(template, **_plain(context))


def field_name(location: Iterable[int | str]) -> str:
    """Return the dotted name of the field at a pydantic `loc`, without FastAPI's leading part."""
    parts = [str(part) for part in location]
    if parts and parts[0] in _REQUEST_PARTS:
        parts = parts[1:]
    return ".".join(parts)


def field_problems(errors: Iterable[ErrorDetails]) -> list[dict[str, str]]:
    """Return {"field", "message"} for each error, as problem+json lists them."""
    return [{"field": _field(error), "message": sentence(error)} for error in errors]


def sentences(errors: Iterable[ErrorDetails]) -> dict[str, str]:
    """Return the first message of each field, in the order of the fields."""
    found: dict[str, str] = {}
    for problem in field_problems(errors):
        found.setdefault(problem["field"], problem["message"])
    return found


def _field(error: ErrorDetails) -> str:
    """Return the field's name; empty for a malformed body, whose location is a position in the text."""
    return "" if error["type"] == "json_invalid" else field_name(error["loc"])


def _plain(context: Mapping[str, object]) -> dict[str, str]:
    """Return the context with choices as a plain list, which pydantic writes as code ("'client' or 'escort'")."""
    return {
        key: str(value).replace("'", "").replace(" or ", ", ") for key, value in context.items()
    }


def _pydantic_kinds() -> frozenset[str]:
    from typing import get_args

    from pydantic_core.core_schema import ErrorType

    return frozenset(get_args(ErrorType))
