"""IAM authentication to Aurora: the function's role instead of a stored password."""

from functools import cache
from typing import Any


@cache
def _signer() -> tuple[Any, str]:
    # The signer alone: an RDS client would load a megabyte of service model for one URL.
    import botocore.session
    from botocore.model import ServiceId
    from botocore.signers import RequestSigner

    session = botocore.session.get_session()
    credentials = session.get_credentials()
    if credentials is None:
        raise RuntimeError("no AWS credentials: a function has its role's")
    region = session.get_config_variable("region")
    signer = RequestSigner(
        ServiceId("rds-db"),
        region,
        "rds-db",
        "v4",
        credentials,
        session.get_component("event_emitter"),
    )
    return signer, region


def database_token(host: str, port: int, user: str) -> str:
    """Return a password for `user` that is valid for 15 minutes (signed locally, no request)."""
    signer, region = _signer()
    request = {
        "method": "GET",
        "url": f"https://{host}:{port}/?Action=connect&DBUser={user}",
        "body": {},
        "headers": {},
        "context": {},
    }
    url: str = signer.generate_presigned_url(
        request, operation_name="connect", region_name=region, expires_in=900, signing_name="rds-db"
    )
    return url.removeprefix("https://")
