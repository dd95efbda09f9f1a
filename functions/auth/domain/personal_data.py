"""Personal data of an account: stored encrypted, shown to its owner and to staff only."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Self

from kit.errors import Invalid
from kit.i18n import gettext as _

ADULT_AGE = 18
_MAX_AGE = 120
MAX_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class PersonalData:
    """Names, phone number and birth date; all optional, since the product needs no legal name."""

    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    date_of_birth: date | None = None

    def validate(self, today: date) -> Self:
        """Return the data with the phone number in E.164; raise `Invalid` if a value is not valid."""
        if self.date_of_birth is not None:
            _require_adult(self.date_of_birth, today)
        return replace(self, phone=format_e164(self.phone) if self.phone else None)

    def to_json(self) -> bytes:
        """Return the JSON document to encrypt."""
        return json.dumps(asdict(self), default=date.isoformat, separators=(",", ":")).encode()

    @classmethod
    def from_json(cls, document: bytes) -> Self:
        """Return the data in a decrypted JSON document."""
        fields = json.loads(document)
        birth = fields.get("date_of_birth")
        return cls(**{**fields, "date_of_birth": date.fromisoformat(birth) if birth else None})


def format_e164(phone: str) -> str:
    """Return `phone` as +<country><number>; raise `Invalid` if it is not a possible number."""
    # 13 ms of import that only a profile with a phone needs.
    import phonenumbers

    try:
        number = phonenumbers.parse(phone)
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    raise Invalid(
        "phone-malformed",
        _("Write the phone number with its country: +41 79 123 45 67."),
        field="phone",
    )


def _require_adult(birth: date, today: date) -> None:
    age = today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))
    if age < ADULT_AGE or age > _MAX_AGE:
        raise Invalid(
            "not-adult",
            _("You must be %(adult_age)s or older to use this site.", adult_age=ADULT_AGE),
            field="dateOfBirth",
        )
