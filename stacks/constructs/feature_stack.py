"""Base of the stacks of features."""

from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from stacks.constructs.base_stack import BaseStack
from stacks.constructs.feature_function import FeatureFunction, FunctionProps
from stacks.constructs.layers import Layers
from stacks.data_stack import DataStack


class FeatureStack(BaseStack):
    """Base of the feature stacks; `feature` is the folder below functions/."""

    feature: ClassVar[str]

    def __init__(
        self,
        scope: Construct,
        data: DataStack,
        *,
        description: str,
        construct_id: str | None = None,
    ) -> None:
        super().__init__(
            scope,
            construct_id or self.feature.capitalize(),
            data.settings,
            description=description,
        )
        self.data = data
        self.functions: list[FeatureFunction] = []
        self.add_stack_dependency(data)

    @cached_property
    def layers(self) -> Sequence[lambda_.ILayerVersion]:
        """Return the layer versions of this stack."""
        return Layers(self, "Layers").versions

    def add_function(self, name: str, props: FunctionProps) -> FeatureFunction:
        """Add the function `<Feature><name>`."""
        function = FeatureFunction(
            self, name, props, feature=self.feature, data=self.data, layers=self.layers
        )
        self.functions.append(function)
        return function
