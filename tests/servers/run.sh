#!/usr/bin/env bash
# Runs a study whose files are on servers of this machine: moto in place of Amazon's S3, and an HTTP server. What it leaves
# has the bytes of the same study on the disk; a wrong key, a wrong name and a wrong address are said in sentences.
# Installs packages of Python into target/servers-venv.
#
#     tests/servers/run.sh [DOLINE]
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'servers: %s\n' "$*" >&2; }

venv=target/servers-venv
if ! cmp -s tests/servers/requirements.txt "$venv/requirements.txt"; then
    say "pip install -r tests/servers/requirements.txt"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/servers/requirements.txt
    cp tests/servers/requirements.txt "$venv/"
fi

doline=${1:-target/debug/doline}
if [ $# -eq 0 ]; then
    # As the tests build it, so that nothing is compiled twice: a build without them has other features.
    cargo test --locked --no-run --test styles
fi
doline=$(realpath "$doline")

work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    rm -rf "$work"
}
trap finish EXIT

"$doline" synth -q --out "$work/data" --size 48x40 >/dev/null
"$venv/bin/python" tests/servers/serve.py "$work/data" >"$work/address" 2>"$work/log" &
server=$!
for _ in $(seq 300); do
    grep -q '^pages=' "$work/address" && break
    if ! kill -0 "$server" 2>/dev/null; then cat "$work/log" >&2; exit 1; fi
    sleep 0.1
done
# shellcheck source=/dev/null
. "$work/address"
unset http_proxy HTTP_PROXY https_proxy HTTPS_PROXY AWS_PROFILE AWS_NO_SIGN_REQUEST
export GDAL_HTTP_PROXY=

# The study with its files at another place.
at() {
    mkdir -p "$work/$2"
    # Few random maps and replicates: they take long, and nothing of them is read.
    sed -E -e "s#= \"((npp|climate|soil|zones)/|field\.csv)#= \"$1\1#" \
        -e 's/^\[measures\]$/[measures]\nreplicates = 99/' -e 's/^\[geodetector\]$/[geodetector]\nsurrogates = 99/' \
        "$work/data/study.toml" >"$work/$2/study.toml"
}
run() { "$doline" run "$work/$1/study.toml" -q --device cpu --set output.report=false --out "$work/$1/out" "${@:2}"; }
# All but the record, which names the files.
same() {
    diff -r -x run.json "$work/local/out" "$work/$1/out"
    say "$1: the bytes of the local run"
}
# A command fails with this exit code, and says each of these words.
refused() {
    local code=$1 found=0
    shift
    "${command[@]}" >"$work/said" 2>&1 || found=$?
    for word in "$@"; do
        if [ "$found" -ne "$code" ] || ! grep -qF -- "$word" "$work/said"; then
            say "${command[*]}: exit code $found, and not $code with: $word"
            cat "$work/said" >&2
            exit 1
        fi
    done
    say "refused: $(head -n 1 "$work/said" | cut -c 1-150)"
}

at "$work/data/" local
run local >/dev/null
bucket=s3://karst/study/
at "$bucket" s3
run s3 >/dev/null
same s3
grep -q '"path": "s3://karst/study/npp/npp_2001.tif"' "$work/s3/out/run.json"
at "$bucket" glob
run glob --set "inputs.npp.files=\"${bucket}npp/npp_*.tif\"" >/dev/null
same glob
at "$pages/" http
run http >/dev/null
same http
at "$bucket" parts
in_parts() { "$doline" "$1" "$work/parts/study.toml" -q -o "$work/parts/out" "${@:2}" >/dev/null; }
in_parts split --parts 2 --device cpu --set output.report=false
in_parts run --part 1/2
in_parts run --part 0/2
in_parts join
same parts
"$doline" inspect "${bucket}npp/npp_2001.tif" | grep -q '^s3://karst/study/npp/npp_2001.tif'
"$doline" zonal "${bucket}npp/npp_{year}.tif" --zones "${bucket}zones/karst.tif" -q -o "$work/zonal" --device cpu >/dev/null

command=("$doline" inspect "${bucket}npp/npp_1900.tif")
refused 3 "cannot open s3://karst/study/npp/npp_1900.tif" AWS_ACCESS_KEY_ID
command=("$doline" run "$work/s3/study.toml" --out "$work/none" --set "inputs.soc.files=\"s3://karts/soc_*.tif\"")
refused 3 "the server lists no file that matches s3://karts/soc_*.tif" AWS_S3_ENDPOINT
command=(env AWS_ACCESS_KEY_ID=AKIAWRONG "$doline" run "$work/s3/study.toml" --out "$work/none")
refused 3 "cannot open s3://karst/study/" AWS_SECRET_ACCESS_KEY
command=(env AWS_S3_ENDPOINT=127.0.0.1:9 "$doline" run "$work/s3/study.toml" --out "$work/none")
refused 3 "cannot open s3://karst/study/" AWS_S3_ENDPOINT
command=("$doline" inspect "$pages/npp/npp_1900.tif")
refused 3 "cannot open $pages/npp/npp_1900.tif" GDAL_HTTP_USERPWD
command=("$doline" run "$work/local/study.toml" --out s3://karst/out)
refused 2 "aws s3 cp --recursive out s3://karst/out"
command=("$doline" check "$work/local/study.toml" --set 'output.dir="gs://karst/out"')
refused 2 "output.dir" "gsutil -m cp -r out gs://karst/out"
test ! -e "$work/none"
say "all right"
