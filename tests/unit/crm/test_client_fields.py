"""Declarations of client fields, and their uses: a field that one of them forgets would lose data silently."""

from dataclasses import dataclass, fields, replace
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from crm.domain.client_fields import (
    KEEP,
    BoundField,
    ClientField,
    DataRequestSection,
    Widget,
    declared_fields,
)
from crm.domain.client_files import parse_client_file
from crm.domain.client_import import merge_into_existing, parse_row
from crm.domain.clients import (
    EDITED_FIELDS,
    ORIGIN_FIELDS,
    PROFILE_FIELDS,
    STATUS_FIELDS,
    ClientProfile,
    ClientStatus,
    ReferenceSite,
)
from crm.domain.merging import merge_details
from crm.pages.client_form import ChangeForm, ClientForm, form_fields
from crm.schemas import export_schema
from crm.schemas.clients import ClientView, CreateClient, UpdateClient
from kit.errors import Invalid
from tests.factories.crm_client_fields import sample_profile, sample_texts, sample_value

EDITED_NAMES = {field.name for field in EDITED_FIELDS}


def by_name(field: BoundField) -> str:
    return field.name


def with_sample(field: BoundField) -> ClientProfile:
    return replace(ClientProfile(name="Leo"), **{field.name: sample_value(field)})


def test_client_fields_are_all_declared() -> None:
    assert [field.name for field in PROFILE_FIELDS] == [one.name for one in fields(ClientProfile)]
    assert [field.name for field in STATUS_FIELDS] == [one.name for one in fields(ClientStatus)]


def test_declared_fields_undeclared_field_is_refused() -> None:
    @dataclass
    class Forgotten:
        name: Annotated[str, ClientField(merge=KEEP, data_request=DataRequestSection.DETAILS)]
        pronouns: str = ""

    with pytest.raises(TypeError, match=r"Forgotten\.pronouns"):
        declared_fields(Forgotten)


@pytest.mark.parametrize("field", EDITED_FIELDS, ids=by_name)
def test_edited_client_field_has_label_and_section(field: BoundField) -> None:
    assert field.declaration.label
    assert field.declaration.data_request is not DataRequestSection.WITHHELD
    assert field.max_length
    assert field.is_list == (field.declaration.widget in (Widget.INPUTS, Widget.LINES))
    assert bool(field.max_items) == field.is_list


@pytest.mark.parametrize("model", [CreateClient, UpdateClient, ClientForm, ChangeForm, ClientView])
def test_client_model_has_every_edited_field(model: Any) -> None:
    assert set(model.model_fields) >= EDITED_NAMES
    assert not {field.name for field in ORIGIN_FIELDS} & set(model.model_fields)


def test_export_schema_has_every_client_field() -> None:
    assert {field.name for field in PROFILE_FIELDS} <= set(export_schema._Client.model_fields)


def test_form_fields_contain_every_edited_field_once() -> None:
    names = [one.name for widget in Widget for one in form_fields(widget)]
    assert sorted(names) == sorted(field.json_name for field in EDITED_FIELDS)


@pytest.mark.parametrize("field", PROFILE_FIELDS, ids=by_name)
def test_encrypted_payload_holds_field(field: BoundField) -> None:
    profile = with_sample(field)
    assert field.json_name in profile.encrypted_payload()
    assert ClientProfile.from_payload(profile.encrypted_payload()) == profile


@pytest.mark.parametrize("field", PROFILE_FIELDS, ids=by_name)
def test_merge_details_keeps_field_of_absorbed_client(field: BoundField) -> None:
    absorbed = with_sample(field)
    merged = merge_details(ClientProfile(name="Mira"), absorbed)
    if field.name == "name":
        assert (merged.name, merged.aliases) == ("Mira", (absorbed.name,))
        return
    kept = {
        "merged_accounts": merged.accounts,
        "merged_import_keys": merged.import_keys,
        "aliases": merged.aliases[1:],  # After the name of the absorbed client.
    }.get(field.name, getattr(merged, field.name))
    assert kept == sample_value(field)


@pytest.mark.parametrize("field", EDITED_FIELDS, ids=by_name)
def test_client_file_column_of_field_is_imported(field: BoundField) -> None:
    separator = ";" if field.is_list else " "
    for column in (field.json_name, *field.declaration.import_names.split()):
        cell = separator.join(sample_texts(field))
        parsed = parse_client_file(f'{column}\tfull name\n"{cell}"\tLeo'.encode())
        assert not parsed.ignored_columns, column
        row = parsed.rows[0]
        if field.name == "name":
            row = replace(row, texts={"name": cell})
        imported = parse_row(row, "DE").profile
        assert getattr(imported, field.name) == sample_value(field), column
        added = merge_into_existing(ClientProfile(name="Leo"), imported)
        if field.name not in ("name", "aliases"):
            assert getattr(added, field.name) == sample_value(field), column


@pytest.mark.parametrize("field", [one for one in EDITED_FIELDS if one.is_list], ids=by_name)
@pytest.mark.parametrize("model", [CreateClient, ClientForm, export_schema._Client])
def test_client_model_too_long_list_of_wrong_values_is_one_error(
    model: Any, field: BoundField
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate({"name": "Leo", field.json_name: [0] * 2_000})
    assert [error["loc"] for error in refused.value.errors()] == [(field.json_name,)]


def test_client_field_parse_too_many_wrong_values_is_refused_by_length() -> None:
    field = next(one for one in EDITED_FIELDS if one.name == "emails")
    with pytest.raises(Invalid, match="at most 10") as refused:
        field.parse([str(number) for number in range(2_000)])
    assert refused.value.field == "emails"


SITES = [
    ("eros.example", "Leo"),
    ("eros.example:8080", "Leo"),
    ("https://eros.example", "Leo"),
    ("https://eros.example:8080/u", "Leo"),
    ("eros.example", "https://eros.example/u/leo"),
    ("https://eros.example", "https://eros.example/u/leo"),
    ("eros.example", "leo:berlin"),
    ("Forum: Berlin", "Leo"),
]


@pytest.mark.parametrize(("site", "handle"), SITES)
def test_reference_sites_written_as_text_are_parsed_unchanged(site: str, handle: str) -> None:
    field = next(one for one in EDITED_FIELDS if one.name == "reference_sites")
    written = field.declaration.item.to_text(ReferenceSite(site, handle))
    assert field.parse([written]) == (ReferenceSite(site, handle),)


@pytest.mark.parametrize(
    ("text", "site", "handle"),
    [
        ("eros.example:Leo", "eros.example", "Leo"),
        ("https://eros.example/u:Leo", "https://eros.example/u", "Leo"),
        ("https://eros.example:8080/u:Leo", "https://eros.example:8080/u", "Leo"),
        ("eros.example:https://eros.example/u", "eros.example", "https://eros.example/u"),
        ("eros.example :leo:berlin", "eros.example", "leo:berlin"),
    ],
)
def test_reference_sites_without_a_space_are_parsed(text: str, site: str, handle: str) -> None:
    field = next(one for one in EDITED_FIELDS if one.name == "reference_sites")
    assert field.parse([text]) == (ReferenceSite(site, handle),)


@pytest.mark.parametrize("text", ["eros.example", ":Leo", "eros.example:", "https://eros.example"])
def test_reference_sites_without_site_or_name_are_refused(text: str) -> None:
    field = next(one for one in EDITED_FIELDS if one.name == "reference_sites")
    with pytest.raises(Invalid, match="Enter site and name") as refused:
        field.parse([text])
    assert refused.value.field == "referenceSites"


def test_sample_profile_has_a_value_in_every_edited_field() -> None:
    profile = sample_profile()
    assert all(getattr(profile, field.name) for field in EDITED_FIELDS)
