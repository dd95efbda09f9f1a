"""`python -m bench [name ...]`: run the benches, print their tables."""

import sys
from importlib import import_module
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))


def main(wanted: list[str]) -> int:
    """Run the benches named, or all; return the exit code."""
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
