#!/usr/bin/env bash
# Lighthouse scores and transfer sizes of public pages of a running local cloud: the best and the median of RUNS.
# Not part of `npm ci`: it is 185 MB.
#   make run STAGE=prod &   # only prod permits crawlers
#   RUNS=5 bash tools/lighthouse.sh [http://localhost:8080]
set -euo pipefail
cd "$(dirname "$0")/.."
origin=${1:-http://localhost:8080}
into=${LIGHTHOUSE_REPORTS:-.tools/lighthouse}
export PATH="$PWD/.venv/bin:$PATH" CHROME_PATH=${CHROME_PATH:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
flags="--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
mkdir -p "$into"
slug=$(curl -fsS -H 'accept: text/html' "$origin/city/berlin" | grep -o 'profile-card__name"><a href="/[^"]*' | head -1 | sed 's/.*"\///')

# On a busy machine Chromium sometimes loses the beginning of a trace: run once more.
measure() { npx --yes lighthouse@12.8.2 "$1" --quiet --output=json --output-path="$2" --chrome-flags="$flags"; }

for page in "" "city/berlin" "$slug"; do
  reports=()
  for run in $(seq "${RUNS:-3}"); do
    report="$into/$(tr / - <<<"${page:-start}").$run.json"
    measure "$origin/$page" "$report" || measure "$origin/$page" "$report"
    reports+=("$(realpath "$report")")
  done
  node tools/lighthouse.cjs "/$page" "${reports[@]}"
done
