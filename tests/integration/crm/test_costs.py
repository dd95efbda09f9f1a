"""What a request costs at the key table and at KMS, by how much there is."""

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

PEOPLE = 60


@pytest.fixture
def world(cloud: dict[str, str], database_as: Callable[[str], Database]) -> CrmServiceWorld:
    database = database_as("crm_web")
    keyring = Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"])
    return CrmServiceWorld(lambda: database, keyring, new_id())


def look(desk: UnlockedContext) -> dict[str, Callable[[], object]]:
    """Return what a page shows of many people at once."""
    book = ClientService(desk)
    somebody = book.list(ClientQuery(limit=1)).items[0].id
    return {
        "list": lambda: book.list(ClientQuery(limit=50)),
        "duplicates": lambda: find_duplicate_clients(desk, None, 20),
        "tags": TagService(desk).list,
        "timeline": lambda: load_timeline(desk, somebody),
    }


@pytest.mark.slow
@pytest.mark.parametrize("what", ["list", "duplicates", "tags", "timeline"])
def test_many_people_cost_one_call_to_kms_and_few_to_the_key_table(
    world: CrmServiceWorld, cloud: dict[str, str], what: str
) -> None:
    with world.unlocked() as desk:
        for number in range(PEOPLE):
            pair = (f"+4930123{number // 2:04}",)
            world.add_client(desk, f"Client {number}", phones=pair, tags=(f"tag {number}",))

    # As in an environment that has just started: nothing is remembered.
    fresh = replace(world, keyring=Keyring(cloud["CRM_KEYS_TABLE"], cloud["CRM_KEY_ARN"]))
    calls: list[str] = []

    def note(model: Any, **_: object) -> None:
        calls.append(model.name)

    for service in ("kms", "dynamodb"):
        aws.client(service).meta.events.register(f"before-call.{service}", note)
    with fresh.unlocked() as desk:
        look(desk)[what]()

    assert [name for name in calls if name == "Decrypt"] == ["Decrypt"]
    # The state of the book, its keys, and clients by the hundred.
    assert len(calls) <= 6, calls
