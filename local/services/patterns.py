"""Matching of events against EventBridge's event patterns.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
No maintained Python library does this, and the operators are few. An unknown operator is an
error at start, never a rule that silently matches nothing.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

__all__ = ["PatternError", "check", "matches"]

type Pattern = Mapping[str, Any]
type Json = Any

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_ABSENT = object()


class PatternError(ValueError):
    """Error: EventBridge would refuse the pattern, or an operator is not implemented here."""


def check(pattern: Pattern) -> None:
    """Raise PatternError for a malformed pattern."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise PatternError("a pattern is an object with at least one field")
    for name, expected in pattern.items():
        if name == "$or" and isinstance(expected, Sequence):
            for alternative in expected:
                check(alternative)
        elif isinstance(expected, Mapping):
            check(expected)
        elif not isinstance(expected, list) or not expected:
            raise PatternError(f"{name!r} must be an object or a non-empty list")
        else:
            for item in expected:
                _matches_item("", item)


def matches(pattern: Pattern, event: Json) -> bool:
    """Tell whether every field of the pattern accepts the event."""
    if not isinstance(event, Mapping):
        return False
    return all(_field(event, name, expected) for name, expected in pattern.items())


def _field(event: Mapping[str, Json], name: str, expected: Json) -> bool:
    if name == "$or":
        return any(matches(alternative, event) for alternative in expected)
    value = event.get(name, _ABSENT)
    if isinstance(expected, Mapping):
        # A pattern applies to every object of an array, as if each were the field.
        candidates = value if isinstance(value, list) else [value]
        absent = value is _ABSENT
        return any(matches(expected, {} if absent else candidate) for candidate in candidates)
    return _leaf(value, expected)


def _leaf(value: Json, expected: Sequence[Json]) -> bool:
    for item in expected:
        if isinstance(item, Mapping) and "exists" in item:
            present = value is not _ABSENT and not isinstance(value, Mapping)
            if present == bool(item["exists"]):
                return True
        elif value is not _ABSENT and not isinstance(value, Mapping):
            values = value if isinstance(value, list) else [value]
            if any(_matches_item(one, item) for one in values):
                return True
    return False


def _matches_item(value: Json, item: Json) -> bool:
    if not isinstance(item, Mapping):
        return _equal(value, item)
    if len(item) != 1:
        raise PatternError(f"one operator per object, not {sorted(item)}")
    name, operand = next(iter(item.items()))
    if name == "exists":
        if not isinstance(operand, bool):
            raise PatternError("exists takes true or false")
        return operand
    matcher = _OPERATORS.get(name)
    if matcher is None:
        raise PatternError(f"unknown pattern operator {name!r}")
    return matcher(value, operand)


def _equal(value: Json, expected: Json) -> bool:
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if _is_number(value) and _is_number(expected):
        return bool(value == expected)
    return type(value) is type(expected) and bool(value == expected)


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _affix(test: Callable[[str, str], bool]) -> Callable[[Json, Json], bool]:
    def matcher(value: Json, operand: Json) -> bool:
        match operand:
            case str():
                return isinstance(value, str) and test(value, operand)
            case {"equals-ignore-case": str(folded)}:
                return isinstance(value, str) and test(value.lower(), folded.lower())
            case list() if operand and all(isinstance(one, str) for one in operand):
                return any(matcher(value, one) for one in operand)
        raise PatternError(f"an affix is a string, not {operand!r}")

    return matcher


def _equals_ignore_case(value: Json, operand: Json) -> bool:
    accepted = operand if isinstance(operand, list) else [operand]
    if not all(isinstance(one, str) for one in accepted):
        raise PatternError("equals-ignore-case takes a string")
    return isinstance(value, str) and value.lower() in {one.lower() for one in accepted}


def _wildcard(value: Json, operand: Json) -> bool:
    accepted = operand if isinstance(operand, list) else [operand]
    if not all(isinstance(one, str) and "**" not in one for one in accepted):
        raise PatternError("wildcard takes a string without **")
    return isinstance(value, str) and any(
        re.fullmatch(_wildcard_expression(one), value, re.DOTALL) for one in accepted
    )


def _wildcard_expression(text: str) -> str:
    """Return the regular expression: `*` matches anything; a backslash makes the next `*` or backslash literal."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", text)
    return "".join(
        ".*" if part == "*" else re.escape(part[1:] if len(part) > 1 and part[0] == "\\" else part)
        for part in parts
    )


def _numeric(value: Json, operand: Json) -> bool:
    if not isinstance(operand, list) or len(operand) not in {2, 4}:
        raise PatternError("numeric takes one or two comparisons")
    pairs = list(zip(operand[::2], operand[1::2], strict=True))
    if not all(sign in _COMPARISONS and _is_number(bound) for sign, bound in pairs):
        raise PatternError(f"numeric cannot be {operand!r}")
    return _is_number(value) and all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)


def _cidr(value: Json, operand: Json) -> bool:
    try:
        network = ipaddress.ip_network(operand, strict=False)
    except (ValueError, TypeError) as error:
        raise PatternError(f"cidr cannot be {operand!r}") from error
    try:
        return isinstance(value, str) and ipaddress.ip_address(value) in network
    except ValueError:
        return False


def _anything_but(value: Json, operand: Json) -> bool:
    if isinstance(operand, Mapping):
        name = next(iter(operand), "")
        if name not in {"prefix", "suffix", "equals-ignore-case", "wildcard"}:
            raise PatternError(f"anything-but cannot contain {name!r}")
        return not _matches_item(value, operand)
    refused = operand if isinstance(operand, list) else [operand]
    if not refused or not all(isinstance(one, str) or _is_number(one) for one in refused):
        raise PatternError(f"anything-but cannot be {operand!r}")
    return not any(_equal(value, one) for one in refused)


_OPERATORS: Mapping[str, Callable[[Json, Json], bool]] = {
    "prefix": _affix(str.startswith),
    "suffix": _affix(str.endswith),
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
