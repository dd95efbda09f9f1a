"""Settings of the unit tests."""

from tests.fixtures.hypothesis_profile import load_profile

load_profile()
