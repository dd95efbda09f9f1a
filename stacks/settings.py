"""Typed settings of the stages; everything else is the same in every stage."""

import os
from dataclasses import dataclass, field
from enum import StrEnum

from aws_cdk.aws_logs import RetentionDays

UNSET_DOMAIN = "hellomahi.example"
UNSET_ZONE = "Z00000000EXAMPLE"


class StageName(StrEnum):
    """Stages; each has its own set of stacks, if possible in its own account."""

    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Public domain name and its Route 53 zone."""

    name: str
    zone_id: str
    zone_name: str


@dataclass(frozen=True, kw_only=True)
class DatabaseSize:
    """Aurora capacity units (2 GiB of memory each); a minimum of 0 lets the cluster pause."""

    min_acu: float
    max_acu: float
    readers: int
    backup_days: int


@dataclass(frozen=True, kw_only=True)
class RestoredDatabase:
    """Identifiers of a restored cluster that differ from the original's (docs/runbooks/restore.md)."""

    resource_id: str
    secret_arn: str


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one stage."""

    stage: StageName
    account: str
    region: str
    domain: Domain
    alarm_email: str
    database: DatabaseSize
    retain: bool
    """Keep stateful resources when a stack is deleted, and refuse to delete their stack."""
    availability_zones: tuple[str, ...]
    endpoint_zones: int
    """Number of zones with interface endpoints: each costs by the hour and zone."""
    nat_gateways: int
    """Zero until a feature must reach the internet and the database in one request."""
    log_retention: RetentionDays
    log_level: str
    canary: bool
    """Shift traffic to a new version gradually, and roll back on an alarm."""
    reserve_concurrency: bool
    """Reserve concurrency of SQL functions below the database's connections; a new account has too little."""
    schedules: bool = True
    """Enable schedules; without them the database of an unused stage pauses."""
    restored: RestoredDatabase | None = None
    origin_secret_version: str | None = None
    """Version of the origin secret during its rotation (docs/runbooks/deploy.md)."""
    admin_ip_allowlist: tuple[str, ...] = ()
    """Networks from which staff may sign in; empty means any."""
    cors_origins: tuple[str, ...] = ()
    """Other origins whose pages may call the API; usually none."""
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def public_origin(self) -> str:
        """Return the public origin, without a trailing slash."""
        return f"https://{self.domain.name}"

    @property
    def is_prod(self) -> bool:
        """Tell whether the stage holds data of real people."""
        return self.stage is StageName.PROD

    def name(self, what: str) -> str:
        """Return a physical name that is unique per stage."""
        return f"hellomahi-{self.stage}-{what}"


def load(stage: str) -> Settings:
    """Return the settings of `stage`; account, domain and e-mail come from the environment.

    Without them synthesis uses placeholders, so that it works offline; deploying refuses them.
    """
    name = StageName(stage)
    region = _from_environment("HELLOMAHI_REGION", "eu-central-1")
    database, retain, log_retention = _SIZES[name]
    return Settings(
        stage=name,
        account=os.environ.get("CDK_DEFAULT_ACCOUNT", "000000000000"),
        region=region,
        domain=_domain(name),
        alarm_email=_from_environment("HELLOMAHI_ALARM_EMAIL", f"operations@{UNSET_DOMAIN}"),
        database=database,
        retain=retain,
        availability_zones=(f"{region}a", f"{region}b"),
        endpoint_zones=2 if name is StageName.PROD else 1,
        nat_gateways=0,
        log_retention=log_retention,
        log_level="DEBUG" if name is StageName.DEV else "INFO",
        canary=name is StageName.PROD,
        reserve_concurrency=name is StageName.PROD,
        schedules=_from_environment("HELLOMAHI_SCHEDULES", "on") != "off",
        restored=_restored_database(),
        origin_secret_version=os.environ.get("HELLOMAHI_ORIGIN_SECRET_VERSION") or None,
        admin_ip_allowlist=_list_from_environment("HELLOMAHI_ADMIN_IP_ALLOWLIST"),
        cors_origins=_list_from_environment("HELLOMAHI_CORS_ORIGINS"),
        tags={"product": "hellomahi", "stage": name.value},
    )


_SIZES: dict[StageName, tuple[DatabaseSize, bool, RetentionDays]] = {
    StageName.DEV: (
        DatabaseSize(min_acu=0, max_acu=2, readers=0, backup_days=1),
        False,
        RetentionDays.TWO_WEEKS,
    ),
    StageName.STAGING: (
        DatabaseSize(min_acu=0, max_acu=4, readers=0, backup_days=7),
        False,
        RetentionDays.ONE_MONTH,
    ),
    StageName.PROD: (
        DatabaseSize(min_acu=1, max_acu=32, readers=1, backup_days=30),
        True,
        RetentionDays.THREE_MONTHS,
    ),
}


def _from_environment(name: str, otherwise: str) -> str:
    # A workflow sets unconfigured variables to empty texts.
    return os.environ.get(name) or otherwise


def _restored_database() -> RestoredDatabase | None:
    resource_id = os.environ.get("HELLOMAHI_RESTORED_RESOURCE_ID")
    secret_arn = os.environ.get("HELLOMAHI_RESTORED_SECRET_ARN")
    if not resource_id or not secret_arn:
        return None
    return RestoredDatabase(resource_id=resource_id, secret_arn=secret_arn)


def _domain(stage: StageName) -> Domain:
    zone = _from_environment("HELLOMAHI_ZONE_NAME", UNSET_DOMAIN)
    return Domain(
        name=zone if stage is StageName.PROD else f"{stage}.{zone}",
        zone_id=_from_environment("HELLOMAHI_ZONE_ID", UNSET_ZONE),
        zone_name=zone,
    )


def _list_from_environment(name: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in os.environ.get(name, "").split(",") if part.strip())
