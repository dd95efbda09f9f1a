"""Theft of all stored data, with full rights on KMS: a workspace with a passphrase reveals none of its secrets.

More than fifty secrets are stored in every field of every entity (the application's routes give the list of entities).
The test searches all of PostgreSQL, every item of DynamoDB and all logs for each secret, in every usual encoding; then
it decrypts every ciphertext that KMS decrypts, and tries every byte string in it that could be a key. Without a
passphrase the same attacker reads everything: this proves that the search and the key trials work.
"""

import base64
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from logging import StreamHandler
from typing import Any
from uuid import UUID

import pytest

from crm.repository.rekey import TABLES, KeyOwner
from crm.vault import DocumentRef, OpenVault, UnlockToken, VaultError, kms_message
from crm.vault.client_keys import wrapped_keys
from crm.vault.key_bundle import _from_bytes
from crm.vault.keys import Keys
from crm.vault.passphrase import PassphraseProtectedKeys
from crm.vault.primitives import derive, length_prefixed, unwrap
from crm.vault.session_unlocks import SessionUnlocks, unwrap_lock_key
from crm.vault.table import CLIENTS, SESSIONS, KeyTable, key_table_unavailable
from kit.aws import client
from kit.db import Database
from kit.http.app import served_routes
from kit.observability import logger
from tests.factories.crm import CrmFactory, CrmUser
from tests.factories.crm_secrets import SecretGenerator, encodings_of
from tools.openapi import applications

pytestmark = pytest.mark.slow

API = "/api/v1/crm/{slug}"
# These routes take a whole file, and are called with one.
FILE_ROUTES = {"/import", "/export"}
TOKEN = re.compile(rb"[A-Za-z0-9_-]{43}")
KEY, PREFIX = 32, 8
type Try = tuple[bytes, bytes, bytes]
"""A key, a ciphertext, and its associated data."""


def entities() -> dict[str, tuple[dict[str, Any], dict[str, Any] | None]]:
    """Return the path of each entity, with the schemas of its creation and of its update."""
    bodies = {
        (method, route.path.removeprefix(API)): route.body_field
        for route in served_routes(applications()["crm.handler"])
        for method in route.methods or ()
        if route.path.startswith(API)
    }
    found = {}
    for (method, path), body in bodies.items():
        if method != "POST" or not re.fullmatch(r"/[a-z-]+", path) or path in FILE_ROUTES:
            continue
        changes = [
            one
            for (encoding, at), one in bodies.items()
            if encoding == "PUT" and re.fullmatch(path + r"/\{\w+\}", at)
        ]
        if ("GET", path) in bodies and body is not None:
            change = _schema(changes[0]) if changes and changes[0] is not None else None
            found[path] = (_schema(body), change)
    return found


def _schema(body: Any) -> dict[str, Any]:
    schema: dict[str, Any] = body.field_info.annotation.model_json_schema(by_alias=True)
    return schema


@dataclass
class Attacker:
    """Attacker with a copy of all stored data, and full rights on KMS."""

    database: Database
    cloud: dict[str, str]
    tenant: UUID

    def everything(self) -> bytes:
        """Return all of PostgreSQL, as text and as binary, and all of DynamoDB."""
        connection = self.database.usable_connection()
        names = connection.execute(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        parts: list[bytes] = []
        for row in names:
            for form in ("text", "binary"):
                with connection.cursor().copy(
                    f"COPY (SELECT * FROM {row['name']}) TO STDOUT (FORMAT {form})".encode()
                ) as copy:
                    parts += [bytes(block) for block in copy]
        connection.rollback()
        return b"\n".join(chain(parts, self._leaves(self.items())))

    def items(self) -> list[Any]:
        """Return every item of every table."""
        tables = [name for variable, name in self.cloud.items() if variable.endswith("_TABLE")]
        return [one for name in tables for one in client("dynamodb").scan(TableName=name)["Items"]]

    def opened_by_kms(self) -> bytes:
        """Return the plaintexts that KMS decrypts, and the base64 texts in them, decoded repeatedly."""
        plain = [
            kms_message.open_(
                self.cloud["CRM_KEY_ARN"],
                self.tenant,
                item["message"]["B"],
                key_table_unavailable(),
            )
            for item in self.items()
            if "message" in item
        ]
        assert plain
        found, waiting = b"", plain
        while waiting:
            found += b"\n".join(waiting)
            texts = [
                text for part in waiting for text in re.findall(rb"[A-Za-z0-9+/]{16,}=*", part)
            ]
            waiting = [base64.b64decode(text) for text in texts if len(text) % 4 == 0]
        return found

    def keys(self) -> Keys | None:
        """Return the keys of the workspace if they are in plaintext, or if any candidate key decrypts them."""
        [bundle] = [item for item in self.items() if "message" in item]
        arn = self.cloud["CRM_KEY_ARN"]
        inside = _from_bytes(
            kms_message.open_(arn, self.tenant, bundle["message"]["B"], key_table_unavailable())
        )
        if isinstance(inside, Keys):
            return inside
        return next(chain(self._by_lock_key(inside), self._by_unlock(inside)), None)

    def documents(self, keys: Keys) -> list[Any]:
        """Return every document that the keys decrypt."""
        vault = OpenVault(
            KeyTable(self.cloud["CRM_KEYS_TABLE"]), self.tenant, keys, has_passphrase=False
        )
        found: list[Any] = []
        for document_ref, sealed in self.sealed():
            try:
                found.append(vault.open(document_ref, sealed))
            except VaultError:
                continue
        return found

    def sealed(self) -> Iterator[tuple[DocumentRef, bytes]]:
        """Yield every encrypted document with its reference."""
        for name, owner in [
            ("clients", "id"),
            *(
                (one.name, "NULL" if one.key_owner is KeyOwner.PROVIDER else "client_id")
                for one in TABLES
            ),
        ]:
            with self.database.transaction() as work:
                rows = work.execute(
                    f"SELECT id, {owner}::uuid AS client_id, encrypted_payload FROM crm.{name}"
                    " WHERE encrypted_payload <> ''"
                ).fetchall()
            for row in rows:
                yield (
                    DocumentRef(name, row["id"], row["client_id"]),
                    bytes(row["encrypted_payload"]),
                )

    def candidates(self) -> set[bytes]:
        """Return every byte string of the length of a key, at any offset."""
        parts = [self.opened_by_kms(), *self._leaves(self.items())]
        return {part[at : at + KEY] for part in parts for at in range(len(part) - KEY + 1)}

    def opens_by_trying(self) -> list[bytes]:
        """Return the candidates that decrypt a client key or a document, used as root, client or lock key."""
        wrapped = [
            (UUID(name.removeprefix(CLIENTS)), wrapped_keys(item))
            for item in self.items()
            if (name := item.get("item", {}).get("S", "")).startswith(CLIENTS)
        ]
        sealed = list(self.sealed())
        own = next(one for one in sealed if one[0].client_id is None)
        some = [own, *(one for one in sealed if one[0].client_id is not None)][:6]
        assert wrapped
        return [one for one in self.candidates() if self._opens(one, wrapped[0], own, some)]

    def _opens(
        self,
        key: bytes,
        wrapped: tuple[UUID, dict[int, bytes]],
        own: tuple[DocumentRef, bytes],
        some: list[tuple[DocumentRef, bytes]],
    ) -> bool:
        client_id, of_client = wrapped
        tries = [
            (derive(key, "crm client keys"), text, _client_bound(self.tenant, client_id, number))
            for number, text in of_client.items()
        ]
        tries += [self._try(key, *one) for one in some]
        tries += [self._try(derive(key, "crm own documents"), *own)]
        return any(map(_unwraps, tries))

    def _try(self, key: bytes, document_ref: DocumentRef, sealed: bytes) -> Try:
        bound_to = document_ref.associated_data(self.tenant, int.from_bytes(sealed[1:5]))
        return derive(key, bound_to), sealed[5:], bound_to

    def _by_lock_key(self, inside: PassphraseProtectedKeys) -> Iterator[Keys]:
        for one in self.candidates():
            try:
                yield inside.open(self.tenant, one)
            except VaultError:
                continue

    def _by_unlock(self, inside: PassphraseProtectedKeys) -> Iterator[Keys]:
        items = {item["item"]["S"]: item for item in self.items() if "item" in item}
        sessions = {name: item for name, item in items.items() if name.startswith(SESSIONS)}
        assert sessions, "one session is unlocked at this moment"
        assert "locked" not in items
        lock, past = (
            SessionUnlocks(self.tenant, inside.lock_id, 0),
            datetime(2000, 1, 1, tzinfo=UTC),
        )
        for secret in set(TOKEN.findall(self.everything())):
            for name, item in sessions.items():
                unlock = UnlockToken(name.removeprefix(SESSIONS), secret.decode())
                try:
                    yield inside.open(self.tenant, unwrap_lock_key(lock, unlock, item, past))
                except VaultError:
                    continue

    def _leaves(self, value: Any) -> Iterator[bytes]:
        match value:
            case bytes():
                yield value
            case str():
                yield value.encode()
            case dict():
                for name, one in value.items():
                    yield str(name).encode()
                    yield from self._leaves(one)
            case list():
                for one in value:
                    yield from self._leaves(one)


def _client_bound(tenant: UUID, client_id: UUID, number: int) -> bytes:
    return length_prefixed("crm client key", tenant.hex, client_id.hex, number)


def _unwraps(one: Try) -> bool:
    try:
        unwrap(*one)
    except VaultError:
        return False
    return True


def fill_workspace_with_secrets(user: CrmUser, generator: SecretGenerator) -> None:
    """Fill a workspace with records that are added, updated, searched, refused, merged and imported."""
    first, second = (
        user.post("/clients", generator.body(entities()["/clients"][0])).json for _ in range(2)
    )
    for path, (add, change) in entities().items():
        for client_id in (first["id"], None) if path in {"/tasks", "/holds"} else (first["id"],):
            fixed = {"clientId": client_id, "sites": [first["referenceSites"][0]["site"]]}
            body = generator.body(add, **fixed)
            added = user.post(path, body)
            assert added.status == 201, (path, added.text)
            if path == "/holds":
                assert user.delete(f"/holds/{added.json['id']}").status in {200, 204}
            if change is not None:
                changed = generator.body(
                    change, version=added.json["version"], sites=fixed["sites"]
                )
                answer = user.put(f"{path}/{added.json['id']}", changed)
                assert answer.status == 200, (path, answer.text)
    merge = {"absorbedId": second["id"], "version": first["version"]}
    assert user.post(f"/clients/{first['id']}/merge", merge).status < 300
    rows = [{"name": generator.secret(), "notes": generator.secret()} for _ in range(3)]
    content = base64.b64encode(json.dumps(rows).encode()).decode()
    file = {"content": content, "fileName": f"{generator.secret()}.json"}
    assert user.post("/import", file).status < 300
    for secret in generator.secrets[:20]:
        user.get(f"/clients?q={secret.encode().hex()}&tag={secret.replace(' ', '%20')[:9]}")
    user.post("/clients", {"name": generator.secret(), "phones": [generator.secret()]})
    user.post("/clients", {"name": generator.secret(), "unknown": generator.secret()})


def find_secrets(haystack: bytes, secrets: list[str]) -> list[str]:
    """Return the secrets found in the data, each with its encoding."""
    # A set of prefixes is checked first: there are hundreds of thousands of encodings.
    prefixes = {haystack[at : at + PREFIX] for at in range(len(haystack))}
    return [
        f"{secret}: {encoding}"
        for secret in secrets
        for encoding, needle in encodings_of(secret)
        if needle[:PREFIX] in prefixes and needle in haystack
    ]


@pytest.fixture
def attacker(provider: CrmUser, database: Database, cloud: dict[str, str]) -> Attacker:
    return Attacker(database, cloud, provider.user_id)


@pytest.fixture
def log_stream() -> Iterator[io.StringIO]:
    """Return the stream that receives all logs."""
    stream = io.StringIO()
    handler, before = logger().registered_handler, logger().log_level
    assert isinstance(handler, StreamHandler)
    usual = handler.setStream(stream)
    logger().setLevel("DEBUG")
    yield stream
    logger().setLevel(before)
    handler.setStream(usual)


def test_attacker_with_passphrase_set_finds_and_decrypts_nothing(
    provider: CrmUser,
    crm_factory: CrmFactory,
    attacker: Attacker,
    monkeypatch: pytest.MonkeyPatch,
    log_stream: io.StringIO,
) -> None:
    generator = SecretGenerator()
    fill_workspace_with_secrets(provider, generator)
    code = provider.enable_encryption()
    fill_workspace_with_secrets(provider, generator)
    assert provider.post("/encryption/rekey").json["clientsLeft"] == 0
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", str(timedelta(minutes=16).total_seconds()))
    later = crm_factory.new_session(provider)
    later.unlock()
    assert later.post("/encryption/rekey").json["running"] is False
    fill_workspace_with_secrets(later, generator)
    assert len(generator.secrets) > 150
    assert provider.unlock_token
    assert later.unlock_token
    secrets = [
        *generator.secrets,
        "violet anchor meadow lantern",
        code,
        provider.unlock_token,
        later.unlock_token,
    ]

    logger().error("the last word")
    assert "the last word" in log_stream.getvalue()
    everything = attacker.everything() + attacker.opened_by_kms() + log_stream.getvalue().encode()
    assert find_secrets(everything, secrets) == []

    assert attacker.keys() is None
    sealed = list(attacker.sealed())
    assert len(sealed) > 20
    assert attacker.opens_by_trying() == []
    assert later.get("/clients").json["items"], "the provider still reads the clients"


def test_attacker_without_passphrase_set_decrypts_with_kms(
    provider: CrmUser, attacker: Attacker
) -> None:
    """Check that the same attacker finds the secrets of a workspace without a passphrase."""
    generator = SecretGenerator()
    fill_workspace_with_secrets(provider, generator)
    keys = attacker.keys()
    assert keys is not None
    found = json.dumps(attacker.documents(keys), ensure_ascii=False).encode()
    read = [secret for secret in generator.secrets if secret.encode() in found]
    assert len(read) > 50, "values replaced since are gone, the others are read"
    assert generator.secrets[0] in read
    assert attacker.opens_by_trying()
    assert find_secrets(attacker.everything(), generator.secrets) == [], (
        "without KMS no secret is found"
    )


@pytest.mark.parametrize("secret", ["+493091235527", "Zözÿnfeld123 Ülkwådehof123"])
def test_find_secrets_recognises_every_encoding(secret: str) -> None:
    import hashlib

    encoders: dict[str, Callable[[bytes], bytes]] = {
        "base64": base64.b64encode,
        "base64url": base64.urlsafe_b64encode,
        "hex": lambda raw: raw.hex().encode(),
        "sha256": lambda raw: hashlib.sha256(raw).digest(),
    }
    for text in (secret, secret.upper(), secret[::-1], secret.lower()):
        assert find_secrets(text.encode("utf-16-le"), [secret])
        assert find_secrets(text.encode("utf-16-be"), [secret])
        for encode in encoders.values():
            assert find_secrets(b"before" + encode(text.encode()) + b"after", [secret])
        for before in (b"", b"a", b"ab"):
            assert find_secrets(base64.b64encode(before + text.encode() + b"and more"), [secret])
    assert find_secrets(b"nothing of it", [secret]) == []
