#!/usr/bin/env bash
# Lighthouse on the public pages of a running local cloud, and what they weigh. Not part of `npm ci`: it is 185 MB.
#   make run STAGE=prod &   # only the real stage lets crawlers in
#   bash tools/lighthouse.sh [http://localhost:8080]
set -euo pipefail
cd "$(dirname "$0")/.."
origin=${1:-http://localhost:8080}
into=${LIGHTHOUSE_REPORTS:-.tools/lighthouse}
export PATH="$PWD/.venv/bin:$PATH" CHROME_PATH=${CHROME_PATH:-$(command -v chromium || command -v chromium-browser || command -v google-chrome)}
flags="--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"
mkdir -p "$into"
slug=$(curl -fsS -H 'accept: text/html' "$origin/city/berlin" | grep -o 'profile-card__name"><a href="/[^"]*' | head -1 | sed 's/.*"\///')
for page in "" "city/berlin" "$slug"; do
  name=${page:-start}
  report="$into/${name//\//-}.json"
  npx --yes lighthouse@12.8.2 "$origin/$page" --quiet --output=json --output-path="$report" --chrome-flags="$flags"
  node -e '
    const r = require(process.argv[1]), score = (one) => Math.round(r.categories[one].score * 100);
    const kinds = ["performance", "accessibility", "best-practices", "seo"];
    const ms = (one) => Math.round(r.audits[one].numericValue) + " ms";
    console.log(process.argv[2].padEnd(16), kinds.map((one) => one + " " + score(one)).join("  "),
      "  FCP", ms("first-contentful-paint"), " LCP", ms("largest-contentful-paint"),
      " weight", (r.audits["total-byte-weight"].numericValue / 1024).toFixed(1) + " KB");
    for (const one of kinds) for (const { id, weight } of r.categories[one].auditRefs)
      if (weight > 0 && r.audits[id].score !== null && r.audits[id].score < 0.9) console.log("   ", one, id, r.audits[id].displayValue ?? "");
  ' "$(realpath "$report")" "/$page"
done
