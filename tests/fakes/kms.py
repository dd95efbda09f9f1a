"""KMS in memory with real RSA keys, so that its signatures are real."""

from typing import Any

from botocore.exceptions import EndpointConnectionError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class FakeKms:
    """KMS client of `kit.auth.tokens`; `unavailable` makes it unreachable."""

    def __init__(self, *arns: str) -> None:
        self.keys: dict[str, RSAPrivateKey] = {
            arn: generate_private_key(public_exponent=65537, key_size=2048) for arn in arns
        }
        self.unavailable = False
        self.calls: list[str] = []

    def sign(
        self,
        *,
        KeyId: str,  # noqa: N803
        Message: bytes,  # noqa: N803
        MessageType: str,  # noqa: N803
        SigningAlgorithm: str,  # noqa: N803
    ) -> dict[str, Any]:
        """Sign the message itself, as KMS does for MessageType RAW."""
        self._record_call("sign")
        assert (MessageType, SigningAlgorithm) == ("RAW", "RSASSA_PKCS1_V1_5_SHA_256")
        return {"Signature": self.keys[KeyId].sign(Message, PKCS1v15(), SHA256())}

    def get_public_key(self, *, KeyId: str) -> dict[str, Any]:  # noqa: N803
        """Return the public key, DER."""
        self._record_call("get_public_key")
        public = self.keys[KeyId].public_key()
        return {"PublicKey": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)}

    def _record_call(self, name: str) -> None:
        self.calls.append(name)
        if self.unavailable:
            raise EndpointConnectionError(endpoint_url="https://kms.test")
