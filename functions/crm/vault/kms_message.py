"""The outermost layer: an AWS Encryption SDK message that only our KMS key opens, for one tenant.

The suite commits to its key (no message opens to two texts under two keys), there is one data key per message, and only
the one KMS key is ever asked. The SDK's `decrypt` takes no expected context, so the context is compared here. This
module imports the SDK, which costs a cold start: it is imported at first use.
"""

from __future__ import annotations

import logging
from io import BytesIO
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import Algorithm
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.exceptions import InvalidTag

from crm.vault.errors import DecryptionFailed
from kit.aws import client

if TYPE_CHECKING:
    from kit.errors import Unavailable

SUITE = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY
# Codes of KMS for a wrapped key that is not ours: changed, of another key or context, or too long to be one.
_FOREIGN = {"InvalidCiphertextException", "IncorrectKeyException", "ValidationException"}

# The SDK logs a traceback for every message that does not open; here that is an answer, not a fault.
logging.getLogger("aws_encryption_sdk").setLevel(logging.CRITICAL + 1)

_sdk = EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1
)


class _BoundMasterKey(KMSMasterKey):  # type: ignore[misc] # the SDK has no types
    """Our KMS key; tells an outage of KMS, which the SDK would swallow, from a message that is not ours."""

    def _decrypt_data_key(self, *arguments: Any, **named: Any) -> Any:
        try:
            return super()._decrypt_data_key(*arguments, **named)
        except AWSEncryptionSDKClientError as error:
            cause = error.__cause__
            if isinstance(cause, ClientError) and cause.response["Error"]["Code"] not in _FOREIGN:
                raise cause from None
            raise


def seal(key_arn: str, tenant: UUID, plaintext: bytes, unavailable: Unavailable) -> bytes:
    """Seal a message; one call to KMS."""
    try:
        message, _ = _sdk.encrypt(
            source=plaintext,
            key_provider=_BoundMasterKey(client=client("kms"), key_id=key_arn),
            algorithm=SUITE,
            encryption_context=_context(tenant),
        )
    except (BotoCoreError, ClientError, AWSEncryptionSDKClientError) as error:
        raise unavailable from error
    return bytes(message)


def open_(key_arn: str, tenant: UUID, message: bytes, unavailable: Unavailable) -> bytes:
    """Open a message of this tenant; one call to KMS. Raises `DecryptionFailed` for any other bytes."""
    source = BytesIO(message)
    key = _BoundMasterKey(client=client("kms"), key_id=key_arn)
    stream = _sdk.stream(mode="d", source=source, key_provider=key)
    try:
        plaintext, header = bytes(stream.read()), stream.header
    except (BotoCoreError, ClientError) as error:
        raise unavailable from error
    except (AWSEncryptionSDKClientError, InvalidTag, ValueError, TypeError) as error:
        raise DecryptionFailed("not sealed by our KMS key, or changed since") from error
    finally:
        # A stream that was not read to its end complains on standard error when it is collected.
        stream.footer = None
    # A signed message is refused here as well: its public key is part of the context.
    if dict(header.encryption_context) != _context(tenant):
        raise DecryptionFailed("sealed for another tenant or purpose")
    if source.read(1):
        raise DecryptionFailed("more than a message")
    return plaintext


def _context(tenant: UUID) -> dict[str, str]:
    return {"tenant": str(tenant), "purpose": "crm"}
