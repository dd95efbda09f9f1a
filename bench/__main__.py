"""Command `python -m bench [name ...] [--profiles N]`: run the benchmarks and print their tables."""

import os
import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all; return the exit code."""
    if "--profiles" in wanted:
        at = wanted.index("--profiles")
        os.environ["BENCH_PROFILES"] = wanted[at + 1]
        wanted = wanted[:at] + wanted[at + 2 :]
    chosen = [f"bench_{name.removeprefix('bench_')}" for name in wanted] or NAMES
    unknown = set(chosen) - set(NAMES)
    if unknown:
        known = ", ".join(name.removeprefix("bench_") for name in NAMES)
        sys.stderr.write(f"no such bench: choose from {known}\n")
        return 2
    for name in chosen:
        import_module(f"bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
