"""The synthesized templates, shared by all processes of a test run."""

from pathlib import Path

import pytest

from tests.infrastructure.synth import STAGES, Assembly, synthesized


@pytest.fixture(scope="session")
def shared_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole run."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if hasattr(request.config, "workerinput") else folder


@pytest.fixture(params=STAGES, scope="session")
def assembly(request: pytest.FixtureRequest, shared_folder: Path) -> Assembly:
    """Each stage in turn."""
    return synthesized(str(request.param), shared_folder)


@pytest.fixture(scope="session")
def prod(shared_folder: Path) -> Assembly:
    """The stage of production."""
    return synthesized("prod", shared_folder)


@pytest.fixture(scope="session")
def dev(shared_folder: Path) -> Assembly:
    """The stage of development."""
    return synthesized("dev", shared_folder)
