"""Rollback of the key bundle: write access to the key table alone removes no passphrase, and no data is lost."""

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
def read_bundle(provider: CrmUser) -> Callable[[], Item]:
    """Return a function that reads the provider's key bundle from the key table."""

    def read() -> Item:
        found = aws.client("dynamodb").get_item(
            TableName=os.environ["CRM_KEYS_TABLE"], Key=key(provider), ConsistentRead=True
        )
        item: Item = found.get("Item", {})
        return item

    return read


def key(user: CrmUser) -> Item:
    return {"tenant": {"S": str(user.user_id)}, "item": {"S": "bundle"}}


def write_bundle(item: Item) -> None:
    aws.client("dynamodb").put_item(TableName=os.environ["CRM_KEYS_TABLE"], Item=item)


def refused(user: CrmUser, method: str, path: str, **options: Any) -> tuple[int, str]:
    answer = user.request(method, path, **options)
    return answer.status, answer.problem["code"]


def list_actions(user: CrmUser) -> list[str]:
    return [one["action"] for one in user.get("/audit").json["items"]]


@pytest.mark.slow
def test_key_bundle_from_before_passphrase_is_refused(
    provider: CrmUser, read_bundle: Callable[[], Item]
) -> None:
    before = provider.create_client("Leo Brandt")
    old = read_bundle()
    provider.enable_encryption()
    current = read_bundle()
    provider.unlock_token = None

    write_bundle(old)
    assert refused(provider, "GET", "/clients") == REFUSED
    assert refused(provider, "GET", f"/clients/{before['id']}") == REFUSED
    assert refused(provider, "POST", "/clients", json={"name": "Ann"}) == REFUSED
    assert refused(provider, "GET", "/encryption") == REFUSED
    again = {"passphrase": "seven swans swimming slowly", "confirm": "I will keep my recovery code"}
    assert refused(provider, "POST", "/encryption/enable", json=again) == REFUSED
    assert refused(provider, "POST", "/encryption/rotate", json={}) == REFUSED
    assert read_bundle() == old
    assert list_actions(provider).count("encryption.key-rollback-refused") == 1

    write_bundle(current)
    assert refused(provider, "GET", "/clients") == (423, "vault-locked")
    provider.unlock(PASSPHRASE)
    assert [one["name"] for one in provider.get("/clients").json["items"]] == ["Leo Brandt"]


def test_key_bundle_from_before_rotation_is_refused(
    provider: CrmUser, read_bundle: Callable[[], Item]
) -> None:
    provider.create_client("Leo Brandt")
    old = read_bundle()
    # The version is stored with the change itself: the workspace was not opened afterwards.
    assert provider.post("/encryption/rotate").status == 200
    write_bundle(old)
    assert refused(provider, "GET", "/clients") == REFUSED


def test_key_bundle_missing_is_not_recreated(
    provider: CrmUser, read_bundle: Callable[[], Item]
) -> None:
    provider.create_client("Leo Brandt")
    current = read_bundle()
    aws.client("dynamodb").delete_item(TableName=os.environ["CRM_KEYS_TABLE"], Key=key(provider))
    assert refused(provider, "GET", "/clients") == REFUSED
    assert read_bundle() == {}
    write_bundle(current)
    assert len(provider.get("/clients").json["items"]) == 1


def test_page_with_older_keys_shows_access_refused(
    provider: CrmUser, read_bundle: Callable[[], Item]
) -> None:
    provider.create_client("Leo Brandt")
    old = read_bundle()
    provider.post("/encryption/rotate")
    write_bundle(old)
    page = PageClient(provider).page("/clients", 409)
    assert "so access is refused. Nothing was changed. Contact support." in page
    assert "Access refused" in page
    assert "reload the page" not in page


def test_older_keys_accepted_by_operator_after_restore_open(
    provider: CrmUser, read_bundle: Callable[[], Item], database: Database
) -> None:
    """Check the step of docs/runbooks/restore.md that accepts the older keys."""
    client = provider.create_client("Leo Brandt")
    old = read_bundle()
    provider.post("/encryption/rotate")
    write_bundle(old)
    assert refused(provider, "GET", "/clients") == REFUSED
    with database.transaction() as work:
        work.execute("SELECT set_config('app.provider_id', %s, true)", (str(provider.user_id),))
        work.execute(
            "UPDATE crm.workspaces SET key_version = 0 WHERE provider_id = %s", (provider.user_id,)
        )
    assert provider.get(f"/clients/{client['id']}").json["name"] == "Leo Brandt"
    assert provider.get("/clients").status == 200
    assert list_actions(provider).count("encryption.older-keys-accepted") == 1
