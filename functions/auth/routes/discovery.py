"""Discovery documents for verifiers of our access tokens."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from auth import settings
from kit.auth import public
from kit.auth.tokens import ALGORITHM, jwks

router = APIRouter(prefix="/.well-known", tags=["auth"])

# Short against the ten minutes of a token, so that a new key is known before it signs for long.
_CACHE_HEADERS = {"cache-control": "public, max-age=300"}


@router.get("/jwks.json", dependencies=[public()])
async def json_web_key_set() -> JSONResponse:
    """Return the public keys of access tokens (RFC 7517)."""
    return JSONResponse(jwks(settings.signing_keys()), headers=_CACHE_HEADERS)


@router.get("/openid-configuration", dependencies=[public()])
async def openid_configuration() -> JSONResponse:
    """Return the issuer and the address of its keys, for verifiers."""
    origin = settings.public_origin()
    document: dict[str, Any] = {
        "issuer": origin,
        "jwks_uri": f"{origin}/.well-known/jwks.json",
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "claims_supported": ["iss", "sub", "role", "sid", "jti", "aud", "iat", "exp"],
    }
    return JSONResponse(document, headers=_CACHE_HEADERS)
