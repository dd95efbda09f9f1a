#!/usr/bin/env bash
# Run tests, as many at once as the machine has cores:
#   tests/run.sh                  every test
#   tests/run.sh fast             the inner loop: no browser, nothing marked slow
#   tests/run.sh PATH [OPTION…]   the tests of one folder, file or test
# Everything runs even where a part of it failed, so that one run shows all failures.
set -euo pipefail
cd "$(dirname "$0")/.."

# Byte code and a fresh hash seed, whatever the caller's shell says.
unset PYTHONDONTWRITEBYTECODE PYTHONHASHSEED
pytest=(.venv/bin/python -m pytest -q)
parallel=(-n auto --dist loadfile --no-loadscope-reorder)
# Journeys that move the clock of a cloud or stop it are one group, for one worker.
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
    # A browser's event loop stays in its process: no other test may share that.
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
