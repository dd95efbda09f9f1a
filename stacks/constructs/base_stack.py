"""Base of all stacks: account and region of the stage, name, tags, termination protection."""

from aws_cdk import Environment, RemovalPolicy, Stack, Tags
from constructs import Construct

from stacks.settings import Settings


class BaseStack(Stack):
    """Stack of one stage, named `hellomahi-<stage>-<id>` in the account."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        settings: Settings,
        *,
        description: str,
        region: str | None = None,
        stateful: bool = False,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            stack_name=settings.name(construct_id.lower()),
            description=f"HelloMahi {settings.stage}: {description}",
            env=Environment(account=settings.account, region=region or settings.region),
            termination_protection=stateful and settings.retain,
            analytics_reporting=False,
        )
        self.settings = settings
        self.removal_policy = RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY
        for key, value in settings.tags.items():
            Tags.of(self).add(key, value)

    @property
    def availability_zones(self) -> list[str]:
        """Return fixed zones instead of looking them up, so that synthesis needs no account."""
        return list(self.settings.availability_zones)
