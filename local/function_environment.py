"""Environment variables of functions: the template's, and the addresses of local services."""

from __future__ import annotations

from collections.abc import Mapping

from local.clock import CloudClock
from local.services.emulator import ACCOUNT
from local.services.postgres import DatabaseServer
from local.template import Resolver
from local.template.specs import FunctionSpec

__all__ = ["FunctionEnvironment"]


class FunctionEnvironment:
    """Builder of a function's environment; adds only the variables that AWS itself would set."""

    def __init__(
        self,
        resolver: Resolver,
        clock: CloudClock,
        server: DatabaseServer,
        *,
        origin: str,
        aws: Mapping[str, str],
    ) -> None:
        """`aws` holds the AWS_ENDPOINT_URL variables and the region."""
        self._resolver = resolver
        self._clock = clock
        self._aws = aws
        # Declared in the template, but with the deployed values; the local values differ.
        self._replaced = {
            "PUBLIC_ORIGIN": origin,
            "DB_HOST": server.host,
            "DB_PORT": str(server.port),
            "DB_SSLMODE": "disable",
            "DB_SSLROOTCERT": "",
        }

    def __call__(self, spec: FunctionSpec) -> dict[str, str]:
        """Return the variables of one function."""
        declared = {
            name: self._replaced[name]
            if name in self._replaced
            else self._resolver.text(spec.resource, value)
            for name, value in spec.environment.items()
        }
        return declared | self._aws_variables()

    def _aws_variables(self) -> dict[str, str]:
        return {
            **self._aws,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CLOCK_OFFSET_SECONDS": str(self._clock.offset_seconds),
        }
