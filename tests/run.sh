#!/usr/bin/env bash
# Run tests, as many in parallel as the machine has cores:
#   tests/run.sh                  every test
#   tests/run.sh fast             no browser tests, no tests marked slow
#   tests/run.sh PATH [OPTION…]   the tests of one folder, file or test
# Every part runs even after a failure, so that one run shows all failures.
set -euo pipefail
cd "$(dirname "$0")/.."

# Write byte code and use a new hash seed, whatever the caller's environment is.
unset PYTHONDONTWRITEBYTECODE PYTHONHASHSEED
pytest=(.venv/bin/python -m pytest -q)
parallel=(-n auto --dist loadfile --no-loadscope-reorder)
# Tests that advance the clock of a local cloud or stop it are one group, for one worker.
browser=(-n auto --dist loadgroup)
failed=0

run() {
  echo "== $1"
  shift
  "${pytest[@]}" "$@" || failed=1
}

case "${1:-all}" in
  all)
    bash tools/ensure_chromium.sh
    # Playwright's event loop stays active in its process: no other tests may share the process.
    run "end to end" tests/e2e "${browser[@]}"
    run "integration, infrastructure, unit" tests/integration tests/infrastructure tests/unit "${parallel[@]}"
    ;;
  fast)
    run "fast tests" tests/integration tests/unit -m "not slow" --durations=5 --durations-min=0.5 "${parallel[@]}"
    ;;
  *)
    workers=(-n 0)
    [ -d "$1" ] && workers=("${parallel[@]}")
    case "$1" in
      tests/e2e* | ./tests/e2e*)
        bash tools/ensure_chromium.sh
        [ -d "$1" ] && workers=("${browser[@]}")
        ;;
    esac
    run "$1" "$@" "${workers[@]}"
    ;;
esac
exit "$failed"
