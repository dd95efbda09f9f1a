import pytest

from tests.infrastructure.synth import STAGES, Assembly, synth


@pytest.fixture(params=STAGES, scope="session")
def assembly(request: pytest.FixtureRequest) -> Assembly:
    """Each stage in turn."""
    return synth(str(request.param))


@pytest.fixture(scope="session")
def prod() -> Assembly:
    return synth("prod")


@pytest.fixture(scope="session")
def dev() -> Assembly:
    return synth("dev")
