"""An older bag of keys in the key table: whoever writes there alone takes no passphrase off, and nothing is lost."""

import os
from collections.abc import Callable
from typing import Any

import pytest

from kit import aws
from kit.db import Database
from tests.factories.crm import PASSPHRASE, CrmUser
from tests.factories.crm_pages import PageClient

type Item = dict[str, Any]
REFUSED = (409, "key-rollback-detected")


@pytest.fixture
def bag(provider: CrmUser) -> Callable[[], Item]:
    """Returns her bag as it stands in the key table."""

    def read() -> Item:
        found = aws.client("dynamodb").get_item(
            TableName=os.environ["CRM_KEYS_TABLE"], Key=key(provider), ConsistentRead=True
        )
        item: Item = found.get("Item", {})
        return item

    return read


def key(user: CrmUser) -> Item:
    return {"tenant": {"S": str(user.user_id)}, "item": {"S": "bundle"}}


def put_back(item: Item) -> None:
    aws.client("dynamodb").put_item(TableName=os.environ["CRM_KEYS_TABLE"], Item=item)


def refused(user: CrmUser, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = user.request(method, path, **options)
    return answer.status, answer.problem["code"]


def told(user: CrmUser) -> list[str]:
    return [one["action"] for one in user.get("/audit").json["items"]]


@pytest.mark.slow
def test_a_bag_of_before_the_passphrase_opens_nothing(
    provider: CrmUser, bag: Callable[[], Item]
) -> None:
    before = provider.create_client("Leo Brandt")
    old = bag()
    provider.enable_encryption()
    right = bag()
    provider.unlock_token = None

    put_back(old)
    assert refused(provider, "GET", "/clients") == REFUSED
    assert refused(provider, "GET", f"/clients/{before['id']}") == REFUSED
    assert refused(provider, "POST", "/clients", json={"name": "Ann"}) == REFUSED
    assert refused(provider, "GET", "/encryption") == REFUSED
    again = {"passphrase": "seven swans swimming slowly", "confirm": "I will keep my recovery code"}
    assert refused(provider, "POST", "/encryption/enable", json=again) == REFUSED
    assert refused(provider, "POST", "/encryption/rotate", json={}) == REFUSED
    assert bag() == old
    assert told(provider).count("encryption.key-rollback-refused") == 1

    put_back(right)
    assert refused(provider, "GET", "/clients") == (423, "vault-locked")
    provider.unlock(PASSPHRASE)
    assert [one["name"] for one in provider.get("/clients").json["items"]] == ["Leo Brandt"]


def test_a_bag_of_before_new_keys_opens_nothing(provider: CrmUser, bag: Callable[[], Item]) -> None:
    provider.create_client("Leo Brandt")
    old = bag()
    # Noted with the change itself: no opened book came after it.
    assert provider.post("/encryption/rotate").status == 200
    put_back(old)
    assert refused(provider, "GET", "/clients") == REFUSED


def test_a_bag_that_is_gone_is_not_begun_anew(provider: CrmUser, bag: Callable[[], Item]) -> None:
    provider.create_client("Leo Brandt")
    right = bag()
    aws.client("dynamodb").delete_item(TableName=os.environ["CRM_KEYS_TABLE"], Key=key(provider))
    assert refused(provider, "GET", "/clients") == REFUSED
    assert bag() == {}
    put_back(right)
    assert len(provider.get("/clients").json["items"]) == 1


def test_a_page_says_so_in_one_calm_sentence(provider: CrmUser, bag: Callable[[], Item]) -> None:
    provider.create_client("Leo Brandt")
    old = bag()
    provider.post("/encryption/rotate")
    put_back(old)
    page = PageClient(provider).page("/clients", 409)
    assert "so it stays shut and nothing is changed. Tell us." in page
    assert "Access refused" in page
    assert "reload the page" not in page


def test_after_a_restore_the_owner_of_the_database_takes_them_as_they_are(
    provider: CrmUser, bag: Callable[[], Item], database: Database
) -> None:
    """As docs/runbooks/restore.md says."""
    kept = provider.create_client("Leo Brandt")
    old = bag()
    provider.post("/encryption/rotate")
    put_back(old)
    assert refused(provider, "GET", "/clients") == REFUSED
    with database.transaction() as work:
        work.execute("SELECT set_config('app.provider_id', %s, true)", (str(provider.user_id),))
        work.execute(
            "UPDATE crm.workspaces SET key_version = 0 WHERE provider_id = %s", (provider.user_id,)
        )
    assert provider.get(f"/clients/{kept['id']}").json["name"] == "Leo Brandt"
    assert provider.get("/clients").status == 200
    assert told(provider).count("encryption.older-keys-accepted") == 1
