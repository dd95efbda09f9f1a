"""Access tokens: signing, and refusal of every invalid token."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.auth import Audience, Session, tokens
from kit.errors import Unauthenticated, Unavailable
from tests.fakes.kms import FakeKms
from tests.fakes.sessions import FakeSessions

ISSUER = "https://hellomahi.test"
ACCOUNT = "210987654321"
NEW, OLD, FOREIGN = (f"arn:aws:kms::{ACCOUNT}:key/{name}" for name in ("new", "old", "foreign"))
ARNS = (NEW, OLD)
KEYS = FakeKms(NEW, OLD, FOREIGN)


@pytest.fixture(autouse=True)
def kms(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeKms]:
    KEYS.unavailable = False
    KEYS.calls.clear()
    monkeypatch.setattr(tokens, "client", lambda _service: KEYS)
    tokens.public_key.cache_clear()
    yield KEYS
    tokens.public_key.cache_clear()


@pytest.fixture
def session() -> Session:
    return FakeSessions().add("client", Audience.SITE)[0]


def signed(session: Session, key_arn: str = NEW) -> str:
    return tokens.sign(session, issuer=ISSUER, key_arn=key_arn)


def verify(token: str) -> dict[str, Any]:
    return tokens.verify(token, issuer=ISSUER, key_arns=ARNS)


def forged(
    session: Session, claims: dict[str, Any] | None = None, drop: str = "", **header: Any
) -> str:
    """Return a token signed by our own key, with changed claims or headers."""
    good = jwt.decode(signed(session), options={"verify_signature": False}) | (claims or {})
    good.pop(drop, None)
    key_arn = header.pop("key", NEW)
    headers = {"typ": "at+jwt", "kid": tokens.key_id(NEW)} | header
    return jwt.encode(good, KEYS.keys[key_arn], algorithm="RS256", headers=headers)


def assert_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        verify(token)


@pytest.mark.parametrize("key_arn", ARNS)
def test_verify_signed_token_returns_claims(session: Session, key_arn: str) -> None:
    claims = verify(signed(session, key_arn))

    assert claims["sub"] == str(session.user_id)
    assert claims["sid"] == session.id
    assert claims["exp"] - claims["iat"] == 600


def test_sign_token_has_only_the_documented_claims(session: Session) -> None:
    claims = verify(signed(session))

    assert claims.keys() == {"iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"}
    header = jwt.get_unverified_header(signed(session))
    assert header == {"alg": "RS256", "typ": "at+jwt", "kid": tokens.key_id(NEW)}
    assert not any(part in header["kid"] for part in ("arn:", "key/", ACCOUNT))


def test_sign_tokens_are_unique(session: Session) -> None:
    assert verify(signed(session))["jti"] != verify(signed(session))["jti"]


def test_verify_alg_none_is_refused(session: Session) -> None:
    claims = jwt.decode(signed(session), options={"verify_signature": False})
    headers = {"typ": "at+jwt", "kid": tokens.key_id(NEW)}

    assert_refused(jwt.encode(claims, "", algorithm="none", headers=headers))


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_verify_public_key_as_hmac_secret_is_refused(session: Session, encoding: Encoding) -> None:
    claims = jwt.decode(signed(session), options={"verify_signature": False})
    public = KEYS.keys[NEW].public_key()
    secret = public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": tokens.key_id(NEW)}
    signing_input = ".".join(part(json.dumps(one).encode()) for one in (header, claims))
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)

    assert_refused(f"{signing_input}.{part(hmac.sign(signing_input.encode(), secret))}")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_verify_other_algorithm_is_refused(session: Session, algorithm: str) -> None:
    claims = jwt.decode(signed(session), options={"verify_signature": False})
    headers = {"typ": "at+jwt", "kid": tokens.key_id(NEW)}

    assert_refused(jwt.encode(claims, KEYS.keys[NEW], algorithm=algorithm, headers=headers))


def test_verify_foreign_key_with_known_kid_is_refused(session: Session) -> None:
    assert_refused(forged(session, key=FOREIGN))
    stranger = generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(signed(session), options={"verify_signature": False})
    headers = {"typ": "at+jwt", "kid": tokens.key_id(NEW), "jwk": {"kty": "RSA"}}
    assert_refused(jwt.encode(claims, stranger, algorithm="RS256", headers=headers))


def test_verify_retired_key_is_refused(session: Session) -> None:
    with pytest.raises(Unauthenticated):
        tokens.verify(signed(session, OLD), issuer=ISSUER, key_arns=(NEW,))
    with pytest.raises(Unauthenticated):
        tokens.verify(signed(session), issuer=ISSUER, key_arns=())


@pytest.mark.parametrize("kid", [None, "", "unknown", 1, ["x"], {"x": 1}])
def test_verify_unknown_kid_is_refused(session: Session, kid: Any) -> None:
    header = {"alg": "RS256", "typ": "at+jwt", "kid": kid}
    payload = signed(session).split(".")[1]

    assert_refused(f"{part(json.dumps(header).encode())}.{payload}.{part(b'x' * 256)}")


@pytest.mark.parametrize("typ", ["JWT", "id+jwt", None, 1])
def test_verify_other_token_type_is_refused(session: Session, typ: Any) -> None:
    assert_refused(forged(session, typ=typ))


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"iss": ISSUER + "/"},
        {"aud": "somewhere"},
        {"aud": ""},
        {"aud": None},
        {"sub": 7},
        {"nbf": 4102444800},
    ],
)
def test_verify_wrong_claim_is_refused(session: Session, claims: dict[str, Any]) -> None:
    assert_refused(forged(session, claims))


@pytest.mark.parametrize("drop", ["iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"])
def test_verify_missing_claim_is_refused(session: Session, drop: str) -> None:
    assert_refused(forged(session, drop=drop))


def test_verify_additional_claims_are_ignored(session: Session) -> None:
    claims = verify(forged(session, {"permissions": ["everything"], "email": "a@b.example"}))

    assert claims["role"] == "client"


def test_verify_expires_after_ten_minutes(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = signed(session)
    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "595")
    assert verify(token)

    monkeypatch.setenv("CLOCK_OFFSET_SECONDS", "601")
    with pytest.raises(Unauthenticated) as refused:
        verify(token)
    assert refused.value.code == "token-expired"


def test_verify_changed_part_is_refused(session: Session) -> None:
    head, payload, signature = signed(session).split(".")
    other = signed(FakeSessions().add("admin", Audience.ADMIN)[0]).split(".")

    assert_refused(".".join((head, other[1], signature)))
    assert_refused(".".join((head, payload, other[2])))
    assert_refused(".".join((head, payload)))
    assert_refused(".".join((head, payload, signature, "x")))
    assert_refused(".".join((head, payload, "")))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "é.é.é", "\x00", "e30.e30.e30", "bnVsbA.e30.e30", "W10.e30."]
)
def test_verify_malformed_token_is_refused(token: str) -> None:
    assert_refused(token)


@given(st.text(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_verify_any_text_is_refused(token: str) -> None:
    assert_refused(token)


@given(st.lists(st.binary(max_size=60), min_size=3, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_verify_any_three_parts_are_refused(parts: list[bytes]) -> None:
    assert_refused(".".join(part(one) for one in parts))


@pytest.mark.parametrize("deep", [b"[" * 8000, b'{"kid":' * 2000, b'{"a":' + b"[" * 50_000])
def test_verify_deeply_nested_json_is_refused(session: Session, deep: bytes) -> None:
    head, _, signature = signed(session).split(".")

    assert_refused(f"{part(deep)}.e30.{part(b'x' * 256)}")
    assert_refused(f"{head}.{part(deep)}.{signature}")


def test_tokens_unreachable_kms_raises_unavailable(session: Session, kms: FakeKms) -> None:
    token = signed(session)
    tokens.public_key.cache_clear()
    kms.unavailable = True

    with pytest.raises(Unavailable):
        verify(token)
    with pytest.raises(Unavailable):
        signed(session)


def test_public_key_is_fetched_once(session: Session, kms: FakeKms) -> None:
    token = signed(session)
    for _ in range(3):
        verify(token)

    assert kms.calls.count("get_public_key") == 1


def test_jwks_verifies_tokens_without_account_number(session: Session) -> None:
    keys = tokens.jwks(ARNS)["keys"]

    assert {key["kid"] for key in keys} == {tokens.key_id(arn) for arn in ARNS}
    assert all(key.keys() <= {"kty", "n", "e", "kid", "use", "alg", "key_ops"} for key in keys)
    document = json.dumps(keys)
    assert not any(part in document for part in ("arn:", "key/", ACCOUNT))
    mine = jwt.PyJWK(next(key for key in keys if key["kid"] == tokens.key_id(NEW)))
    assert jwt.decode(signed(session), mine, algorithms=["RS256"], audience="site")


def part(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
