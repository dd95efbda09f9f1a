"""Messages of pydantic's validation errors, for people.

Shared by the JSON API (problem+json) and the forms of the pages, so that both show the same messages.
A message tells what to enter; it never repeats the input, which may be private.
"""

from collections.abc import Iterable, Mapping

from pydantic_core import ErrorDetails

_DEFAULT = "Check this value."
_SENTENCES = {
    "missing": "Fill this in.",
    "string_type": "Enter text.",
    "string_unicode": "Enter text.",
    "string_too_short": "Use at least {min_length} characters.",
    "string_too_long": "Use at most {max_length} characters.",
    "string_pattern_mismatch": "This does not look right: check the spelling.",
    "int_type": "Enter a whole number.",
    "int_parsing": "Enter a whole number.",
    "int_parsing_size": "This number is too large.",
    "int_from_float": "Enter a whole number.",
    "float_type": "Enter a number.",
    "float_parsing": "Enter a number.",
    "decimal_type": "Enter a number.",
    "decimal_parsing": "Enter a number.",
    "decimal_max_places": "Use at most {decimal_places} decimals.",
    "finite_number": "Enter a number.",
    "greater_than": "Enter more than {gt}.",
    "greater_than_equal": "Enter {ge} or more.",
    "less_than": "Enter less than {lt}.",
    "less_than_equal": "Enter {le} or less.",
    "multiple_of": "Enter a multiple of {multiple_of}.",
    "bool_type": "Choose yes or no.",
    "bool_parsing": "Choose yes or no.",
    "enum": "Choose one of these: {expected}.",
    "literal_error": "Choose one of these: {expected}.",
    "date_type": "Enter a date like 2031-05-24.",
    "date_parsing": "Enter a date like 2031-05-24.",
    "date_from_datetime_parsing": "Enter a date like 2031-05-24.",
    "date_past": "Enter a date in the past.",
    "date_future": "Enter a date in the future.",
    "datetime_type": "Enter a date and time like 2031-05-24T18:00:00Z.",
    "datetime_parsing": "Enter a date and time like 2031-05-24T18:00:00Z.",
    "datetime_from_date_parsing": "Enter a date and time like 2031-05-24T18:00:00Z.",
    "timezone_aware": "Add the time zone, for example Z or +02:00.",
    "time_parsing": "Enter a time like 18:00.",
    "uuid_type": "This is not a valid id.",
    "uuid_parsing": "This is not a valid id.",
    "url_type": "Enter a full web address that begins with https://.",
    "url_parsing": "Enter a full web address that begins with https://.",
    "url_scheme": "Enter a full web address that begins with https://.",
    "list_type": "Send a list.",
    "tuple_type": "Send a list.",
    "set_type": "Send a list.",
    "dict_type": "Send an object.",
    "model_type": "Send an object.",
    "model_attributes_type": "Send an object.",
    "too_short": "Give at least {min_length}.",
    "too_long": "Give at most {max_length}.",
    "extra_forbidden": "This field is unknown: remove it.",
    "json_invalid": "The body is not valid JSON.",
    "union_tag_not_found": "Say which kind this is.",
    "union_tag_invalid": "Choose one of these: {expected_tags}.",
}
# A validator's own message is already a sentence for people; pydantic puts a word in front of it.
_OWN_MESSAGE = {"value_error": "Value error, ", "assertion_error": "Assertion failed, "}
# FastAPI's name for the part of the request; not part of a field's name for people.
_REQUEST_PARTS = frozenset({"body", "query", "path", "header", "cookie"})


def sentence(error: ErrorDetails) -> str:
    """Return the message for one pydantic error."""
    kind = error["type"]
    if kind in _OWN_MESSAGE:
        return error["msg"].removeprefix(_OWN_MESSAGE[kind]) or _DEFAULT
    context = error.get("ctx", {})
    if kind == "string_too_short" and context.get("min_length") == 1:
        return _SENTENCES["missing"]
    template = _SENTENCES.get(kind)
    if template is None:
        # A PydanticCustomError of ours has its own type and a message written for people.
        return error["msg"] if kind not in _pydantic_kinds() else _DEFAULT
    return template.format_map(_plain(context))


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
