"""CPU time of a cold start (import and first event) of each function against a bare application, alternating."""

import json
import os
import subprocess
import sys
from pathlib import Path

from bench import events
from bench.table import show
from tools.openapi import entries

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 9
GOAL = 1.5
_CHILD = """
import json, sys, time
started = time.process_time()
module = __import__(sys.argv[1], fromlist=["handler"])
module.handler(json.loads(sys.argv[2]), None)
print("\\nCPU", time.process_time() - started)
"""


def main() -> None:
    """Print the table."""
    cases = {"bench.hello": events.HELLO, "bench.kit_hello": events.HELLO}
    cases |= dict.fromkeys(entries(), events.NOT_FOUND)
    for case, event in cases.items():
        _measure(case, event)  # byte code written, files in the page cache
    samples: dict[str, list[float]] = {case: [] for case in cases}
    for _ in range(ROUNDS):
        for case, event in cases.items():
            samples[case].append(_measure(case, event))
    best = {case: min(times) for case, times in samples.items()}
    peer = best["bench.hello"]
    rows = [
        [case, f"{seconds * 1000:.0f}", f"{seconds / peer:.2f}"] for case, seconds in best.items()
    ]
    show(
        f"Cold start: CPU of import and first event, best of {ROUNDS} (goal: {GOAL} for auth and escorts)",
        ["entry", "CPU ms", "ratio to the bare hello"],
        rows,
    )


def _measure(module: str, event: object) -> float:
    environment = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
    environment |= events.ENVIRONMENT | {
        "PYTHONPATH": f"{ROOT}/functions:{ROOT}/layers/common/python:{ROOT}"
    }
    answer = subprocess.run(
        [_python(), "-c", _CHILD, module, json.dumps(event)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(answer.stdout.rsplit("CPU ", 1)[1])


def _python() -> str:
    """Return the interpreter with exactly the packages of a deployed function."""
    lean = ROOT / ".tools" / "lambda" / "bin" / "python"
    return str(lean) if lean.exists() else sys.executable
