"""Unit tests of cursors: any other text is `Invalid`, never an error in the database."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import Invalid
from kit.pagination import MAX_CURSOR_LENGTH, decode_cursor, encode_cursor

FIELDS: dict[str, type] = {"rank": int, "name": str, "score": float, "open": bool}
storable_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).rstrip(b"=").decode()


@given(
    st.fixed_dictionaries(
        {
            "rank": st.integers(-(2**63), 2**63 - 1),
            "name": storable_text.filter(lambda text: len(text) < 60),
            "score": st.floats(allow_nan=False, allow_infinity=False),
            "open": st.booleans(),
        }
    )
)
def test_cursor_round_trip_is_equal(values: dict[str, int | str | float | bool]) -> None:
    assert decode_cursor(encode_cursor(values), FIELDS) == values


def test_cursor_is_url_safe() -> None:
    cursor = encode_cursor({"rank": 1, "name": "ÿþ?>~", "score": 0.5, "open": True})

    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@given(st.text())
def test_cursor_of_random_text_is_invalid(junk: str) -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor(junk, FIELDS)

    assert (refused.value.code, refused.value.field) == ("cursor", "cursor")


@given(st.binary())
def test_cursor_of_random_bytes_is_invalid(junk: bytes) -> None:
    with pytest.raises(Invalid):
        decode_cursor(base64.urlsafe_b64encode(junk).decode(), FIELDS)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values | st.fixed_dictionaries({"rank": json_values, "name": json_values}))
def test_cursor_with_other_fields_is_invalid(value: object) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor_of(json.dumps(value)), FIELDS)


@pytest.mark.parametrize(
    "text",
    [
        '{"name": 1}',
        '{"name": null}',
        '{"name": ["x"]}',
        '{"name": "x", "more": 1}',
        "{}",
        "[]",
        "null",
        '{"name": "nul \\u0000 inside"}',
        '{"name": "half a \\ud800 pair"}',
        "[" * 700,
    ],
)
def test_cursor_with_unstorable_text_is_invalid(text: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor_of(text), {"name": str})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "1", "true"])
def test_cursor_with_infinite_float_is_invalid(number: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor_of(f'{{"score": {number}}}'), {"score": float})


@pytest.mark.parametrize("number", [str(2**63), str(-(2**63) - 1), "9" * 700, "1.0", "true"])
def test_cursor_over_bigint_is_invalid(number: str) -> None:
    with pytest.raises(Invalid):
        decode_cursor(cursor_of(f'{{"rank": {number}}}'), {"rank": int})


def test_cursor_over_length_limit_is_not_decoded() -> None:
    with pytest.raises(Invalid):
        decode_cursor("A" * (MAX_CURSOR_LENGTH + 1), FIELDS)


def test_cursor_error_does_not_repeat_input() -> None:
    with pytest.raises(Invalid) as refused:
        decode_cursor("c2VjcmV0", FIELDS)

    assert "start again" in refused.value.message
    assert "c2VjcmV0" not in refused.value.message
