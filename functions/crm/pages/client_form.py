"""Form of a client: model, values and form fields, from the declarations of the client's fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, create_model

from crm.domain.client_fields import BoundField, Widget
from crm.domain.clients import EDITED_FIELDS, Client, ClientProfile
from crm.domain.enums import ClientScreeningStatus, CommunicationPreference
from crm.schemas.clients import request_default, request_type
from crm.schemas.fields import Version
from crm.service.clients import ClientInput
from kit.http import Request as Body
from kit.i18n import N_

_LINE_RESERVE = 10
"""Characters of a text area for each line, besides the longest value: line end, spaces, the colon of a site."""


def _max_length(field: BoundField) -> int:
    """Return the maximum length of the form field, or of one of its inputs."""
    if field.declaration.widget is Widget.LINES:
        return field.max_items * (field.max_length + _LINE_RESERVE)
    return field.max_length


def _form_type(field: BoundField) -> Any:
    title = Field(title=field.declaration.label)
    if field.declaration.widget is Widget.LINES:
        return Annotated[str, Field(max_length=_max_length(field)), title]
    return Annotated[request_type(field), title]


def _form_default(field: BoundField) -> Any:
    return "" if field.declaration.widget is Widget.LINES else request_default(field)


if TYPE_CHECKING:
    _EncryptedFieldsForm = Body
else:
    _EncryptedFieldsForm = create_model(
        "_EncryptedFieldsForm",
        __base__=Body,
        **{field.name: (_form_type(field), _form_default(field)) for field in EDITED_FIELDS},
    )


class ClientForm(_EncryptedFieldsForm):
    """Form of a client: the encrypted fields, and those that follow."""

    screening_status: ClientScreeningStatus = ClientScreeningStatus.PENDING
    communication_preference: CommunicationPreference = CommunicationPreference.CONTACT_OK
    then: Annotated[str, Field(max_length=60)] = ""
    """Decision about duplicates: `keep` both, or the id of the client to merge with."""

    def to_input(self) -> ClientInput:
        """Return the input of the client service; raise `Invalid` for a malformed line."""
        return ClientInput(
            profile=ClientProfile(
                **{field.name: self._value(field) for field in EDITED_FIELDS},
            ),
            screening_status=self.screening_status,
            communication_preference=self.communication_preference,
        )

    def _value(self, field: BoundField) -> Any:
        value = getattr(self, field.name)
        if field.declaration.widget is Widget.LINES:
            return field.parse([line.strip() for line in value.split("\n") if line.strip()])
        return tuple(value) if field.is_list else value


class ChangeForm(ClientForm):
    """Form of a client with the version that was read."""

    version: Version


@dataclass(frozen=True, slots=True)
class FormField:
    """Form field of a client's field, for the template."""

    name: str
    label: str
    hint: str
    is_required: bool
    input_type: str
    max_length: int


def form_fields(widget: Widget) -> Sequence[FormField]:
    """Return the form fields with a widget, in the order of the declarations."""
    return [
        FormField(
            field.json_name,
            field.declaration.label,
            field.declaration.hint or (N_("One per line.") if widget is Widget.LINES else ""),
            field.is_required,
            field.declaration.input_type,
            _max_length(field),
        )
        for field in EDITED_FIELDS
        if field.declaration.widget is widget
    ]


def form_values(client: Client) -> dict[str, Any]:
    """Return the values of a client as the form shows them."""
    values = {field.json_name: _form_value(field, client.profile) for field in EDITED_FIELDS}
    return values | {
        "screeningStatus": client.status.screening_status.value,
        "communicationPreference": client.status.communication_preference.value,
        "version": client.version,
    }


def _form_value(field: BoundField, profile: ClientProfile) -> Any:
    value = getattr(profile, field.name)
    if not field.is_list:
        return value
    texts = [field.declaration.item.to_text(one) for one in value]
    return "\n".join(texts) if field.declaration.widget is Widget.LINES else texts
