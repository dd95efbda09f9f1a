"""Number of calls to the key table and to KMS for one request over many clients."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from crm.service.clients import ClientQuery, ClientService
from crm.service.duplicates import find_duplicate_clients
from crm.service.tags import TagService
from crm.service.timeline import load_timeline
from crm.service.unlocked_context import UnlockedContext
from crm.vault import Keyring
from kit import aws
from kit.db import Database
from kit.ids import new_id
from tests.factories.crm_service import CrmServiceWorld

CLIENTS = 60


@pytest.fixture
def world(cloud: dict[str, str], database_as: Callable[[str], Database]) -> CrmServiceWorld:
    database = database_as("crm_web")
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database, keyring, new_id())


def page_reads(context: UnlockedContext) -> dict[str, Callable[[], object]]:
    """Return the reads of pages that show many clients at once."""
    clients = ClientService(context)
    client_id = clients.list(ClientQuery(limit=1)).items[0].id
    return {
        "list": lambda: clients.list(ClientQuery(limit=50)),
        "duplicates": lambda: find_duplicate_clients(context, None, 20),
        "tags": TagService(context).list,
        "timeline": lambda: load_timeline(context, client_id),
    }


@pytest.mark.slow
@pytest.mark.parametrize("page", ["list", "duplicates", "tags", "timeline"])
def test_page_of_many_clients_makes_one_kms_call(
    world: CrmServiceWorld, cloud: dict[str, str], page: str
) -> None:
    with world.unlocked() as context:
        for number in range(CLIENTS):
            pair = (f"+4930123{number // 2:04}",)
            world.add_client(context, f"Client {number}", phones=pair, tags=(f"tag {number}",))

    # An environment that has just started has no cached keys.
    fresh = replace(world, keyring=Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"]))
    calls: list[str] = []

    def note(model: Any, **_: object) -> None:
        calls.append(model.name)

    for service in ("kms", "dynamodb"):
        aws.client(service).meta.events.register(f"before-call.{service}", note)
    with fresh.unlocked() as context:
        page_reads(context)[page]()

    assert [name for name in calls if name == "Decrypt"] == ["Decrypt"]
    # The vault state, the key bundle, and client keys in batches of one hundred.
    assert len(calls) <= 6, calls
