"""Sample functions, run by the real runtime client."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from local.runtime.pool import Runtime
from local.template import Resource
from local.template.specs import FunctionSpec

ROOT = Path(__file__).parents[3]
_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the local cloud's tests as slow: they start processes, and few changes affect them."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class RuntimeFixture:
    """Source tree and staged assets in a temporary folder, and runtimes over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder / "source"
        self.assets = folder / "assets"
        self.data = folder / "data"
        self.interpreter = ROOT / ".tools/lambda/bin/python"
        self.runtimes: list[Runtime] = []

    def write(self, path: str, code: str) -> None:
        """Write a file of the source tree, e.g. `functions/shop/handler.py`."""
        file = self.source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(code)

    def list_bytecode(self, package: str) -> list[Path]:
        """Return the cached byte code of a package."""
        return list((self.source / "functions" / package).glob("__pycache__/*.pyc"))

    def stage(self, asset: str, *names: str) -> Path:
        """Stage an asset with these top-level names, as a synthesis does."""
        for name in names:
            (self.assets / asset / name).mkdir(parents=True, exist_ok=True)
        return self.assets / asset

    def make_function(
        self,
        name: str,
        handler: str,
        *,
        timeout: float = 10.0,
        layers: tuple[Path, ...] = (),
        concurrency: int | None = None,
    ) -> FunctionSpec:
        package = handler.partition(".")[0]
        return FunctionSpec(
            name=name,
            resource=Resource("Tests", name, "AWS::Lambda::Function", {}),
            handler=handler,
            timeout=timeout,
            memory=128,
            environment={},
            code=self.stage(f"asset.{name}", package),
            layers=layers,
            concurrency=concurrency,
        )

    def make_runtime(
        self,
        *functions: FunctionSpec,
        variables: Callable[[FunctionSpec], dict[str, str]] = lambda _: {},
        limit: int = 4,
        patience: float = 10.0,
        slowness: float = 1.0,
    ) -> Runtime:
        runtime = Runtime(
            {spec.name: spec for spec in functions},
            variables,
            source=self.source,
            data=self.data,
            interpreter=self.interpreter,
            limit=limit,
            patience=patience,
            slowness=slowness,
        )
        self.runtimes.append(runtime)
        return runtime


@pytest.fixture
async def runtime_fixture(tmp_path: Path) -> AsyncIterator[RuntimeFixture]:
    runtime_fixture = RuntimeFixture(tmp_path)
    yield runtime_fixture
    for runtime in runtime_fixture.runtimes:
        await runtime.close()
