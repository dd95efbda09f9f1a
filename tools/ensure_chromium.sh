#!/usr/bin/env bash
# Install a browser for the end-to-end tests: an existing one, else the distribution's, else Playwright's own.
# Chromium's headless shell comes first: it needs a fraction of the processor time of the whole browser.
set -euo pipefail
cd "$(dirname "$0")/.."

for name in chromium-headless-shell chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && exit 0
done
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  echo "installing Chromium for the end-to-end tests"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q >/dev/null
  # Older releases have the whole browser only.
  for package in chromium-headless-shell chromium; do
    apt-get install -y -q --no-install-recommends "$package" >/dev/null && exit 0
  done
fi
.venv/bin/python -m playwright install chromium || {
  echo "No browser: install Chromium with your package manager, then run this again." >&2
  exit 1
}
