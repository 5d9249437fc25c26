#!/usr/bin/env bash
# Installs what the test of the page needs: Node.js with npm, Chromium, and the packages of tests/page and assets/report.
# Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null 2>&1; }

missing=()
has node || missing+=(nodejs)
has npm || missing+=(npm)
has chromium || missing+=(chromium)
if [ "${#missing[@]}" -gt 0 ]; then
    if ! has apt-get; then
        echo "setup: install ${missing[*]} first, and set CHROMIUM to the path of its program" >&2
        exit 1
    fi
    as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
for folder in tests/page assets/report; do
    (cd "$folder" && npm ci --silent --no-audit --no-fund)
done
