"""Mutation tests of the vault: each removed check makes a test fail.

The other tests of this folder run against copies of the package that lack one check each; a copy that passes all tests
shows an untested check.
"""

import inspect
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import pytest

from tests.unit.crm.vault import (
    test_documents,
    test_generations,
    test_inbox,
    test_key_bundle,
    test_passphrase,
)
from tests.unit.crm.vault.mutants import HOME, Mutant, all_mutants, compiled, in_place
from tests.unit.crm.vault.world import World

pytestmark = pytest.mark.slow

BESIDE = [test_documents, test_inbox, test_passphrase, test_generations, test_key_bundle]
type Attack = Callable[[World, pytest.MonkeyPatch], object]

EQUIVALENT = {
    "inbox: open_sealed: off by one: len(sealed) < _HEAD.size": "a head alone is refused later",
    "open_vault: open: off by one: len(sealed) < _HEAD.size": "a head alone is refused later",
    "open_vault: _key: off by one: generation > self.generation": "the current one is there",
    "store: repair_inbox_key: off by one: expected.items() <= opened.inbox.items()": "an item has a name",
}
"""Mutants that change nothing that anybody could see, and why."""


def attacks() -> dict[str, Attack]:
    """Return the tests that need only a world."""
    found: dict[str, Attack] = {}
    for module in BESIDE:
        for name, function in vars(module).items():
            if name.startswith("test_"):
                for number, values in enumerate(parameters(function)):
                    wanted = set(inspect.signature(function).parameters) - set(values)
                    if wanted <= {"world", "monkeypatch"}:
                        attack = partial(run, function, wanted, values)
                        found[f"{module.__name__}.{name}[{number}]"] = attack
    return found


def parameters(function: Any) -> Iterator[dict[str, Any]]:
    """Yield the parameters that a test is run with."""
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        yield {mark.args[0]: value for mark, value in zip(marks, values, strict=True)}


def run(
    function: Any, wanted: set[str], values: dict[str, Any], world: World, patch: pytest.MonkeyPatch
) -> None:
    fixtures = {"world": world, "monkeypatch": patch}
    function(**values, **{name: fixtures[name] for name in wanted})


def called_by(attack: Attack) -> tuple[set[tuple[str, str]], float]:
    """Run the test on the unchanged vault; return the vault functions that it calls, and its duration."""
    called, here = set(), str(HOME)

    def note(code: CodeType, _: int) -> object:
        if code.co_filename.startswith(here):
            called.add((Path(code.co_filename).stem, code.co_qualname))
        return sys.monitoring.DISABLE

    watch, starts = sys.monitoring, sys.monitoring.events.PY_START
    watch.use_tool_id(watch.PROFILER_ID, "vault")
    watch.register_callback(watch.PROFILER_ID, starts, note)
    watch.set_events(watch.PROFILER_ID, starts)
    watch.restart_events()
    begun = time.perf_counter()
    try:
        with pytest.MonkeyPatch.context() as patch:
            attack(World(patch), patch)
    finally:
        watch.free_tool_id(watch.PROFILER_ID)
    return called, time.perf_counter() - begun


def is_missed(mutant: Mutant, tests: list[Attack], codes: dict[str, Any]) -> bool:
    """Tell whether a test fails on the mutant."""
    with in_place({**codes, f"crm.vault.{mutant.module}": mutant.code}):
        for attack in tests:
            with pytest.MonkeyPatch.context() as patch:
                # Warnings of collected streams are checked by another test.
                patch.setattr(sys, "unraisablehook", lambda _: None)
                try:
                    attack(World(patch), patch)
                except (Exception, pytest.fail.Exception):
                    return True
    return False


def test_vault_mutants_are_all_killed() -> None:
    tests, codes, mutants = attacks(), compiled(), all_mutants()
    with in_place(codes):
        calls = {name: called_by(attack) for name, attack in tests.items()}
    fast_first = sorted(tests, key=lambda name: calls[name][1])

    alive = []
    for mutant in mutants:
        changed = {(mutant.module, function) for function in mutant.functions}
        fitting = [name for name in fast_first if not changed or changed & calls[name][0]]
        if not is_missed(mutant, [tests[name] for name in fitting], codes):
            alive.append(mutant.name)

    assert alive == list(EQUIVALENT), (
        "no test kills these mutants, or a test now kills a listed one"
    )
    assert (len(tests) > 100, len(mutants) > 150) == (True, True)
