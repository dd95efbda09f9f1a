"""Recognisable secrets in every encoding, and request bodies full of them."""

import base64
import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

MOMENT = "2026-03-01T18:00:00Z"
# Values that are not free text, by field name.
FIXED_VALUES: dict[str, Any] = {
    "timeZone": "Europe/Berlin",
    "currency": "EUR",
    "durationMinutes": 60,
    "clientRating": 4,
    "forgetAfterDays": 30,
    "rateMinor": 12_345,
    "receivedMinor": 12_345,
    "paymentStatus": "paid",
    "expensesMinor": 678,
    "channel": "both",
    "allowDuplicate": True,
    "wouldSeeAgain": True,
}


@dataclass
class SecretGenerator:
    """Generates unique secrets, and remembers them."""

    secrets: list[str] = field(default_factory=list)

    def secret(self, name: str = "") -> str:
        """Return a new secret that is valid for a field of this name."""
        number = f"{len(self.secrets) + 1:03d}"
        match name:
            case "phones":
                text = f"+49309{number}5527"
            case "emails":
                text = f"zozyn{number}@ulkwade{number}.example"
            case _:
                text = f"Zözÿnfeld{number} Ülkwådehof{number}"
        self.secrets.append(text)
        return text

    def body(self, schema: Mapping[str, Any], **fixed: Any) -> dict[str, Any]:
        """Return a body for a JSON schema, with a secret in every text field."""
        definitions = schema.get("$defs", {})
        return {
            name: fixed.get(
                name,
                FIXED_VALUES[name] if name in FIXED_VALUES else self._value(name, one, definitions),
            )
            for name, one in schema["properties"].items()
            if name in fixed or not _is_id(one)
        }

    def _value(self, name: str, schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> Any:
        if "$ref" in schema:
            return self._value(name, definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
        if "anyOf" in schema:
            return self._value(name, schema["anyOf"][0], definitions)
        if "enum" in schema:
            return schema["enum"][0]
        match schema.get("type"):
            case "object":
                return self.body({**schema, "$defs": definitions})
            case "array":
                return [self._value(name, schema["items"], definitions)]
            case "string" if schema.get("format") == "date-time":
                return MOMENT
            case "string":
                return self.secret(name)
        return schema.get("default")


def _is_id(schema: Mapping[str, Any]) -> bool:
    return any(one.get("format") == "uuid" for one in (schema, *schema.get("anyOf", ())))


def encodings_of(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield every encoding of a secret with its name."""
    for text in {secret, *(word for word in secret.split() if len(word) > 7)}:
        for form, spelled in _spellings(text).items():
            for kind, written in _written(spelled).items():
                yield f"{form}, {kind}", written
            for name in ("md5", "sha1", "sha256", "sha512", "blake2b"):
                digest = hashlib.new(name, spelled.encode()).digest()
                for kind, written in _binary(digest).items():
                    yield f"{form}, {name}, {kind}", written


def _spellings(text: str) -> dict[str, str]:
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    found = {
        "as it is": text,
        "NFC": unicodedata.normalize("NFC", text),
        "NFKD": decomposed,
        "without accents": plain,
        "upper": text.upper(),
        "lower": text.lower(),
        "plain and lower": plain.casefold(),
        "reversed": text[::-1],
        "digits": text.removeprefix("+"),
    }
    seen: dict[str, str] = {}
    for form, spelled in found.items():
        if spelled not in seen.values():
            seen[form] = spelled
    return seen


def _written(text: str) -> dict[str, bytes]:
    raw = text.encode()
    found = _binary(raw)
    found["utf-16-le"], found["utf-16-be"] = text.encode("utf-16-le"), text.encode("utf-16-be")
    found["hex of utf-16"] = found["utf-16-le"].hex().encode()
    found["in an address"] = quote(text, safe="").encode()
    found["in JSON"] = json.dumps(text)[1:-1].encode()
    return found


def _binary(raw: bytes) -> dict[str, bytes]:
    found = {"raw": raw, "hex": raw.hex().encode(), "HEX": raw.hex().upper().encode()}
    found["reversed bytes"] = raw[::-1]
    for offset in range(3):
        # Adjacent bytes change the characters at both ends; those between are always the same.
        text = base64.b64encode(bytes(offset) + raw + bytes((-offset - len(raw)) % 3))
        inner = text[-(-offset * 4 // 3) : len(text) - 4]
        found[f"base64 at {offset}"] = inner
        found[f"base64url at {offset}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found
