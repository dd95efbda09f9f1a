"""An older bag of keys in the key table: whoever writes there alone takes no passphrase off, and nothing is lost."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from kit import aws
from kit.db import Database
from tests.factories.crm import PASSPHRASE, Keeper
from tests.factories.crm_pages import Reader

type Item = dict[str, Any]
REFUSED = (409, "key-rollback-detected")


@pytest.fixture
def bag(mira: Keeper) -> Callable[[], Item]:
    """Returns her bag as it stands in the key table."""

    def read() -> Item:
        found = aws.client("dynamodb").get_item(
            TableName=os.environ["CRM_KEYS_TABLE"], Key=key(mira), ConsistentRead=True
        )
        item: Item = found.get("Item", {})
        return item

    return read


def key(keeper: Keeper) -> Item:
    return {"tenant": {"S": str(keeper.user_id)}, "item": {"S": "bundle"}}


def put_back(item: Item) -> None:
    aws.client("dynamodb").put_item(TableName=os.environ["CRM_KEYS_TABLE"], Item=item)


def refused(keeper: Keeper, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = keeper.request(method, path, **options)
    return answer.status, answer.problem["code"]


def told(keeper: Keeper) -> list[str]:
    return [one["action"] for one in keeper.get("/audit").json["items"]]


@pytest.mark.slow
def test_key_bundle_from_before_passphrase_is_refused(
    mira: Keeper, bag: Callable[[], Item]
) -> None:
    before = mira.client("Leo Brandt")
    old = bag()
    mira.enable()
    right = bag()
    mira.key = None

    put_back(old)
    assert refused(mira, "GET", "/clients") == REFUSED
    assert refused(mira, "GET", f"/clients/{before['id']}") == REFUSED
    assert refused(mira, "POST", "/clients", json={"name": "Ann"}) == REFUSED
    assert refused(mira, "GET", "/encryption") == REFUSED
    again = {"passphrase": "seven swans swimming slowly", "confirm": "I will keep my recovery code"}
    assert refused(mira, "POST", "/encryption/enable", json=again) == REFUSED
    assert refused(mira, "POST", "/encryption/rotate", json={}) == REFUSED
    assert bag() == old
    assert told(mira).count("encryption.key-rollback-refused") == 1

    put_back(right)
    assert refused(mira, "GET", "/clients") == (423, "vault-locked")
    mira.unlock(PASSPHRASE)
    assert [one["name"] for one in mira.get("/clients").json["items"]] == ["Leo Brandt"]


def test_key_bundle_from_before_rotation_is_refused(mira: Keeper, bag: Callable[[], Item]) -> None:
    mira.client("Leo Brandt")
    old = bag()
    # Noted with the change itself: no opened book came after it.
    assert mira.post("/encryption/rotate").status == 200
    put_back(old)
    assert refused(mira, "GET", "/clients") == REFUSED


def test_key_bundle_missing_is_not_recreated(mira: Keeper, bag: Callable[[], Item]) -> None:
    mira.client("Leo Brandt")
    right = bag()
    aws.client("dynamodb").delete_item(TableName=os.environ["CRM_KEYS_TABLE"], Key=key(mira))
    assert refused(mira, "GET", "/clients") == REFUSED
    assert bag() == {}
    put_back(right)
    assert len(mira.get("/clients").json["items"]) == 1


def test_page_with_older_keys_shows_access_refused(mira: Keeper, bag: Callable[[], Item]) -> None:
    mira.client("Leo Brandt")
    old = bag()
    mira.post("/encryption/rotate")
    put_back(old)
    page = Reader(mira).page("/clients", 409)
    assert "so access is refused. Nothing was changed. Contact support." in page
    assert "Access refused" in page
    assert "reload the page" not in page


def test_older_keys_accepted_by_operator_after_restore_open(
    mira: Keeper, bag: Callable[[], Item], database: Database
) -> None:
    """As docs/runbooks/restore.md says."""
    kept = mira.client("Leo Brandt")
    old = bag()
    mira.post("/encryption/rotate")
    put_back(old)
    assert refused(mira, "GET", "/clients") == REFUSED
    with database.transaction() as work:
        work.execute("SELECT set_config('app.provider_id', %s, true)", (str(mira.user_id),))
        work.execute(
            "UPDATE crm.workspaces SET key_version = 0 WHERE provider_id = %s", (mira.user_id,)
        )
    assert mira.get(f"/clients/{kept['id']}").json["name"] == "Leo Brandt"
    assert mira.get("/clients").status == 200
    assert told(mira).count("encryption.older-keys-accepted") == 1
