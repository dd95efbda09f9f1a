"""A value for each field of a client, from its declaration: a new field takes part in the tests by itself."""

from typing import Any
from uuid import UUID

from crm.domain.client_fields import BoundField
from crm.domain.clients import EDITED_FIELDS, ClientProfile, ReferenceSite


def sample_items(field: BoundField) -> tuple[Any, ...]:
    """Return two values of a list, or one of a field that is none."""
    count = 2 if field.is_list else 1
    return tuple(_sample_item(field, number) for number in range(count))


def _sample_item(field: BoundField, number: int) -> Any:
    if field.item_type is ReferenceSite:
        return ReferenceSite(f"Site{number}", f"handle{number}")
    if "account" in field.name:
        return UUID(int=number + 1)
    match field.declaration.input_type:
        case "tel":
            return f"+4930123456{number}"
        case "email":
            return f"sample{number}@example.test"
    return f"Sample {field.json_name} {number}"


def sample_value(field: BoundField) -> Any:
    """Return a value of the field."""
    found = sample_items(field)
    return found if field.is_list else found[0]


def sample_texts(field: BoundField) -> list[str]:
    """Return the values as a form or a file holds them."""
    return [field.declaration.item.to_text(one) for one in sample_items(field)]


def sample_profile() -> ClientProfile:
    """Return a profile with a value in every edited field."""
    return ClientProfile(**{field.name: sample_value(field) for field in EDITED_FIELDS})
