#!/usr/bin/env bash
# Every test, cheapest first; `tests/run.sh e2e` runs one folder. Ends with the first suite that fails.
set -euo pipefail
cd "$(dirname "$0")/.."

suites=(unit integration infrastructure e2e)
[ $# -gt 0 ] && suites=("$@")

for suite in "${suites[@]}"; do
  [ "$suite" = e2e ] && bash tools/ensure_chromium.sh
  workers=2
  # One browser and one local cloud at a time: they are a process tree of their own.
  [ "$suite" = e2e ] && workers=0
  [ "$suite" = infrastructure ] && workers=0
  echo "== $suite"
  .venv/bin/python -m pytest "tests/$suite" -q -n "$workers" --dist loadfile
done
