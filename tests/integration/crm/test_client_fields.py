"""Every field of a client on its way through form, page, API, export, import and data request."""

import csv
import io
from typing import Any

from crm.domain.client_fields import BoundField, DataRequestSection, Widget
from crm.domain.clients import EDITED_FIELDS
from kit.db import Database
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_archives import EXPORT_PASSPHRASE, export_opened, import_file
from tests.factories.crm_client_fields import sample_items, sample_texts
from tests.factories.crm_data_requests import Functions, Requester
from tests.factories.crm_pages import PageClient


def form_value(field: BoundField) -> str | list[str]:
    texts = sample_texts(field)
    return texts if field.declaration.widget is Widget.INPUTS else "\n".join(texts)


def json_value(field: BoundField) -> Any:
    items = sample_items(field)
    if field.name == "reference_sites":
        return [{"site": one.site, "handle": one.handle} for one in items]
    return list(items) if field.is_list else items[0]


ALL_FIELDS = {field.json_name: json_value(field) for field in EDITED_FIELDS}


def test_client_form_saves_and_shows_every_field(provider: CrmUser) -> None:
    page_client = PageClient(provider)
    values = {field.json_name: form_value(field) for field in EDITED_FIELDS}
    page = page_client.follow(page_client.post("/clients/new", values))
    for field in EDITED_FIELDS:
        for text in field.sentences(
            sample_items(field) if field.is_list else sample_items(field)[0]
        ):
            assert text in page, field.name
    [client] = provider.get("/clients").json["items"]
    assert {name: client[name] for name in ALL_FIELDS} == ALL_FIELDS
    form = page_client.page(f"/clients/{client['id']}/edit")
    for field in EDITED_FIELDS:
        assert f'name="{field.json_name}"' in form
        for text in sample_texts(field):
            assert text in form, field.name
    saved = page_client.post(f"/clients/{client['id']}/edit", values | {"version": "1"})
    assert "Saved." in page_client.follow(saved)
    again = provider.get(f"/clients/{client['id']}").json
    assert {name: again[name] for name in ALL_FIELDS} == ALL_FIELDS


def test_client_api_reads_and_updates_every_field(provider: CrmUser) -> None:
    added = provider.post("/clients", ALL_FIELDS)
    assert added.status == 201, added.text
    assert {name: added.json[name] for name in ALL_FIELDS} == ALL_FIELDS
    plain = provider.create_client("Plain")
    changed = provider.put(f"/clients/{plain['id']}", ALL_FIELDS | {"version": plain["version"]})
    assert changed.status == 200, changed.text
    assert {name: changed.json[name] for name in ALL_FIELDS} == ALL_FIELDS


def test_client_export_and_import_keep_every_field(
    provider: CrmUser, crm_factory: CrmFactory
) -> None:
    nora, ann = crm_factory.create_user("nora-lind"), crm_factory.create_user("ann-berg")
    assert provider.post("/clients", ALL_FIELDS).status == 201
    part = export_opened(provider)
    [record] = part.data["clients"]
    assert {field.json_name for field in EDITED_FIELDS} <= set(record["document"])
    csv_file = part.files["clients.csv"]
    [line] = csv.DictReader(io.StringIO(csv_file.decode("utf-8-sig")))
    assert all(line[field.json_name] for field in EDITED_FIELDS)

    job = import_file(nora, csv_file)
    assert job["counts"]["created"] == 1, job
    [found] = nora.get("/clients").json["items"]
    assert {name: found[name] for name in ALL_FIELDS} == ALL_FIELDS

    job = import_file(ann, part.content, exportPassphrase=EXPORT_PASSPHRASE)
    assert job["counts"]["created"] == 1, job
    [found] = ann.get("/clients").json["items"]
    assert {name: found[name] for name in ALL_FIELDS} == ALL_FIELDS


def test_data_request_summary_shows_every_field(
    provider: CrmUser, database: Database, cloud: dict[str, str], functions: Functions
) -> None:
    leo = Requester(database, cloud, functions)
    emails = [*ALL_FIELDS["emails"], leo.email]
    assert provider.post("/clients", ALL_FIELDS | {"emails": emails}).status == 201
    leo.submit()
    functions("CrmDataRequests").invoke({"job": "dispatch-data-requests"})
    [case] = provider.get("/subject-requests").json["items"]
    sections = provider.get(f"/subject-requests/{case['id']}/summary").json["sections"]
    texts = {one["name"]: one["text"] for one in sections}
    for field in EDITED_FIELDS:
        assert field.declaration.data_request is not DataRequestSection.WITHHELD
        for one in sample_items(field):
            shown = field.declaration.item.to_sentence(one)
            assert shown in texts[field.declaration.data_request], field.name
