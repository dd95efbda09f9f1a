#!/usr/bin/env bash
# A browser for the end-to-end tests: the one that is there, else the distribution's, else Playwright's own.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing Chromium for the end-to-end tests"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium; } \
    >/dev/null
  exit 0
fi
.venv/bin/python -m playwright install chromium || {
  echo "No browser: install Chromium with your package manager, then run this again." >&2
  exit 1
}
