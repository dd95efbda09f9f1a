"""Unit tests of the evidence of failed tests: reruns, saved files, and the summary of the run."""

import pytest

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from tests.fixtures.evidence import (
    allow_rerun,
    evidence,
    pytest_runtest_makereport,
    pytest_terminal_summary,
)

def pytest_collection_modifyitems(items):
    for item in items:
        allow_rerun(item)

@pytest.fixture
def browser(evidence):
    evidence.add_collector(lambda folder: (folder / "trace.zip").write_text(f"again: {evidence.is_second_attempt}"))
    return "a browser"
"""
FAILS_ONCE = """
attempts = []

def test_journey(browser):
    attempts.append(browser)
    assert len(attempts) > 1
"""
FAILS_TWICE = """
def test_journey(browser):
    assert browser == "another browser"
"""
WITHOUT_BROWSER = """
attempts = []

def test_arithmetic(evidence):
    attempts.append(1)
    assert len(attempts) > 1
"""
PASSES = """
def test_journey(browser):
    assert browser
"""
HEADING = "*journeys that were run again (each is a fault to mend)*"


def run(pytester: pytest.Pytester, source: str) -> pytest.RunResult:
    """Run a file of tests with the hooks of the end-to-end tests."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_shop=source)
    return pytester.runpytest_inprocess("-p", "no:cacheprovider")


def saved_evidence(pytester: pytest.Pytester) -> dict[str, str]:
    """Return the evidence of a run, by path."""
    results = pytester.path / ".test-results"
    found = (path for path in results.rglob("*") if path.is_file())
    return {str(path.relative_to(results)): path.read_text() for path in found}


def test_rerun_browser_test_fails_once_passes_with_evidence_of_both_attempts(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, FAILS_ONCE)

    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(
        [
            HEADING,
            "test_shop.py::test_journey",
            "*.test-results/test_shop-test_journey/attempt-1",
            "*.test-results/test_shop-test_journey/attempt-2",
        ]
    )
    found = saved_evidence(pytester)
    assert "assert len(attempts) > 1" in found.pop("test_shop-test_journey/attempt-1/failure.txt")
    assert found == {
        "test_shop-test_journey/attempt-1/trace.zip": "again: False",
        "test_shop-test_journey/attempt-2/trace.zip": "again: True",
    }


def test_rerun_browser_test_fails_twice_fails_and_names_evidence(
    pytester: pytest.Pytester,
) -> None:
    result = run(pytester, FAILS_TWICE)

    result.assert_outcomes(failed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*evidence*", "*test_shop-test_journey/attempt-2", HEADING])
    assert len(saved_evidence(pytester)) == 4


def test_rerun_test_without_browser_fails_at_first_attempt(pytester: pytest.Pytester) -> None:
    result = run(pytester, WITHOUT_BROWSER)

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(HEADING)
    result.stdout.fnmatch_lines(["*evidence*", "*test_shop-test_arithmetic/attempt-1"])


def test_evidence_passing_test_leaves_nothing_of_earlier_failure(
    pytester: pytest.Pytester,
) -> None:
    run(pytester, FAILS_TWICE)
    assert saved_evidence(pytester)

    result = run(pytester, PASSES)

    result.assert_outcomes(passed=1)
    assert saved_evidence(pytester) == {}
