"""Access tokens: JWT RS256 (RFC 9068), signed by KMS, so that no function ever holds a signing key.

`SIGNING_KEY_ARNS` lists the keys: the first signs, all verify. Rotation puts a new key first and removes the old one
after the longest token has expired. Claims: iss sub role sid jti aud iat exp; no e-mail, no permissions (stale within
minutes, and readable in every log that the token is written to).
"""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from kit import clock
from kit.auth.cookies import Audience
from kit.aws import client
from kit.errors import Unauthenticated, Unavailable
from kit.i18n import gettext as _
from kit.ids import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    from kit.auth.sessions import Session

ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
ALGORITHM = "RS256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, not a secret
"""Media type that tells access tokens from other texts that these keys may sign later (RFC 9068, section 4)."""
_CLAIMS = ["iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"]


def key_id(arn: str) -> str:
    """Return the public name (`kid`) of a signing key, which does not reveal the AWS account."""
    return hashlib.sha256(arn.encode()).hexdigest()[:16]


def sign(session: Session, *, issuer: str, key_arn: str) -> str:
    """Return an access token for `session`, valid for `ACCESS_TOKEN_LIFETIME`; raise `Unavailable` if KMS is down."""
    from jwt.api_jws import PyJWS

    issued = int(clock.now().timestamp())
    claims = {
        "iss": issuer,
        "sub": str(session.user_id),
        "role": session.role,
        "sid": session.id,
        "jti": new_id().hex,
        "aud": session.audience.value,
        "iat": issued,
        "exp": issued + int(ACCESS_TOKEN_LIFETIME.total_seconds()),
    }
    jws = PyJWS(algorithms=[])
    jws.register_algorithm(ALGORITHM, _kms_algorithm())
    headers = {"typ": TOKEN_TYPE, "kid": key_id(key_arn)}
    return jws.encode(json.dumps(claims).encode(), key_arn, algorithm=ALGORITHM, headers=headers)


def verify(token: str, *, issuer: str, key_arns: Sequence[str]) -> dict[str, Any]:
    """Return the claims of a valid token; raise `Unauthenticated` for any other."""
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        arn = next((arn for arn in key_arns if key_id(arn) == header.get("kid")), None)
        if arn is None or header.get("typ") != TOKEN_TYPE:
            raise _token_refused_error()
        # The expiry is compared below with our own clock, which the local cloud can advance.
        claims: dict[str, Any] = jwt.decode(
            token,
            public_key(arn),
            algorithms=[ALGORITHM],
            audience=[audience.value for audience in Audience],
            issuer=issuer,
            options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
        )
    except jwt.PyJWTError as error:
        raise _token_refused_error() from error
    if claims["exp"] <= clock.now().timestamp():
        raise Unauthenticated("token-expired", _("This access token has expired: refresh it."))
    return claims


@cache
def public_key(arn: str) -> RSAPublicKey:
    """Return the public half of the KMS key `arn`, fetched once per environment."""
    from botocore.exceptions import BotoCoreError, ClientError
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        answer = client("kms").get_public_key(KeyId=arn)
    except (BotoCoreError, ClientError) as error:
        raise _signing_key_unavailable() from error
    key = load_der_public_key(answer["PublicKey"])
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a signing key must be RSA")
    return key


def jwks(key_arns: Sequence[str]) -> dict[str, Any]:
    """Return the JSON Web Key Set (RFC 7517) of the keys that verify."""
    from jwt.algorithms import RSAAlgorithm

    keys = [
        RSAAlgorithm.to_jwk(public_key(arn), as_dict=True)
        | {"kid": key_id(arn), "use": "sig", "alg": ALGORITHM}
        for arn in key_arns
    ]
    return {"keys": keys}


@cache
def _kms_algorithm() -> Any:
    from jwt.algorithms import RSAAlgorithm

    class KmsRsa(RSAAlgorithm):
        """RS256 algorithm whose private key stays in KMS; the "key" is its ARN."""

        def prepare_key(self, key: Any) -> Any:
            return key

        def check_key_length(self, _key: Any) -> str | None:
            return None  # KMS knows the length; here is only the key's name

        def sign(self, msg: bytes, key: Any) -> bytes:
            from botocore.exceptions import BotoCoreError, ClientError

            try:
                answer = client("kms").sign(
                    KeyId=key,
                    Message=msg,
                    MessageType="RAW",
                    SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256",
                )
            except (BotoCoreError, ClientError) as error:
                raise _signing_key_unavailable() from error
            return answer["Signature"]

    return KmsRsa(RSAAlgorithm.SHA256)


def _token_refused_error() -> Unauthenticated:
    return Unauthenticated(
        "token-refused", _("This access token is not one of ours: sign in again.")
    )


def _signing_key_unavailable() -> Unavailable:
    return Unavailable(
        "keys-unavailable", _("Signing in is not available right now: try again."), retry_after=5
    )
