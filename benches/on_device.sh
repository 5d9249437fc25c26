#!/bin/sh
# Everything that is measured on a machine with a card, in one call of at most four minutes.
#
#   benches/on_device.sh [PATH OF doline]          default: target/release/doline
#
# Leaves RESULTS/ADAPTER-DATE.json; scripts/performance_table.py makes the tables of docs/performance.md of it.
# Each step has a limit of its own. A step that fails, or for which no time is left, is recorded and the rest goes on.
#
# Sizes, for a try on a small machine (all seconds are upper limits):
#   DEVICE=gpu       what runs beside the CPU, as in `doline run --device`
#   SIDE=2000        rows and columns of the study in files
#   PIXELS=          pixels of a tile in memory; empty for what suits the machine
#   SAMPLES=65536    pixels of a tile with 200 replicates or draws
#   MEMORY=12GiB     engine.memory of the runs on the device, enough for its largest slabs
#   SECONDS_ALL=235  the whole call
#   PATIENCE=1       multiplies the limits of the steps
#   RESULTS=benches/results
set -u

doline=${1:-target/release/doline}
device=${DEVICE:-gpu}
side=${SIDE:-2000}
pixels=${PIXELS:+--pixels $PIXELS}
samples=${SAMPLES:-65536}
memory=${MEMORY:-12GiB}
seconds_all=${SECONDS_ALL:-235}
patience=${PATIENCE:-1}
results=${RESULTS:-benches/results}

command -v "$doline" > /dev/null || { echo "$doline is not there; build it or name it" >&2; exit 2; }
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
began=$(date +%s)
steps=$work/steps
: > "$steps"

# A text as a JSON string.
quoted() {
    printf '"%s"' "$(printf '%s' "$1" | tr '\n\t\r' '   ' | sed 's/\\/\\\\/g; s/"/\\"/g')"
}

now() { date +%s.%N; }

# step NAME LIMIT_S RESULT_FILE COMMAND...: runs a command; RESULT_FILE is the JSON that it leaves, - for its standard output, or
# none for a command without.
step() {
    name=$1 limit=$(($2 * patience)) result=$3
    shift 3
    left=$((began + seconds_all - $(date +%s)))
    [ "$limit" -gt "$left" ] && limit=$left
    if [ "$limit" -le 0 ]; then
        status=-1 seconds=0
        echo "no time was left" > "$work/err"
        : > "$work/out"
    else
        echo "$name: $*" >&2
        start=$(now)
        timeout -k 5 "$limit" "$@" > "$work/out" 2> "$work/err"
        status=$?
        seconds=$(echo "$start $(now)" | awk '{ printf "%.2f", $2 - $1 }')
    fi
    [ "$result" = - ] && result=$work/out
    [ -s "$steps" ] && echo , >> "$steps"
    {
        printf '{"step": %s, "command": %s, "limit_s": %s, "seconds": %s, "status": %s' \
            "$(quoted "$name")" "$(quoted "$*")" "$limit" "$seconds" "$status"
        # 1 is a check that failed: what was found is there.
        if [ "$status" -ge 0 ] && [ "$status" -le 1 ] && [ "$result" != none ] && [ -s "$result" ]; then
            printf ', "result": '
            cat "$result"
        fi
        [ "$status" -ne 0 ] && printf ', "message": %s' "$(quoted "$(tail -n 3 "$work/err")")"
        printf '}'
    } >> "$steps"
    [ "$status" -ne 0 ] && echo "  failed ($status): $(tail -n 1 "$work/err")" >&2
    return 0
}

# One hash of all rasters and tables in a folder.
hash_of() {
    (cd "$1" 2> /dev/null && find . \( -name '*.tif' -o -name '*.csv' \) -print0 | LC_ALL=C sort -z |
        xargs -0 -r -P "$(nproc)" -n 8 sha256sum | LC_ALL=C sort -k 2 | sha256sum | cut -d ' ' -f 1)
}

# A run from files to files, its record, and the hash of what it left.
run_files() {
    name=$1 out=$2
    shift 2
    step "$name" 60 "$out/run.json" "$doline" -q run "$work/study/study.toml" --out "$out" "$@"
    # A run that failed leaves nothing.
    [ -d "$out" ] || return 0
    left=$(hash_of "$out")
    echo "," >> "$steps"
    printf '{"step": %s, "command": "sha256sum of all rasters and tables", "seconds": 0, "status": 0, "result": {"sha256": "%s"}}' \
        "$(quoted "hash of $name")" "$left" >> "$steps"
}

# shellcheck disable=SC2086 # $pixels is an option with its value, or nothing
{
    step devices 30 - "$doline" devices --json
    step "bench whole" 60 "$work/whole.json" "$doline" bench --json "$work/whole.json" $pixels --dir "$work"
    step synth 60 none "$doline" -q synth --out "$work/study" --size "${side}x${side}"
    run_files "files, CPU" "$work/cpu" --device cpu
    run_files "files, $device" "$work/gpu" --device "$device" --set "engine.memory=$memory"
    for chain in core trend; do
        step "bench $chain" 30 "$work/$chain.json" "$doline" bench --json "$work/$chain.json" --chain $chain --no-files $pixels
    done
    step validate 60 - "$doline" validate --synthetic --json
    for chain in bootstrap draws; do
        step "bench $chain" 40 "$work/$chain.json" "$doline" bench --json "$work/$chain.json" --chain $chain --no-files \
            --pixels "$samples"
    done
    # The same files again, with other tiles: every hash must be that of the first run on the same device.
    rm -rf "$work/cpu" "$work/gpu"
    run_files "files, CPU, again with 512 MiB" "$work/cpu" --device cpu --set engine.memory=512MiB
    run_files "files, $device, again" "$work/gpu" --device "$device" --set "engine.memory=$memory"
    step "bench whole, floats" 40 "$work/floats.json" "$doline" bench --json "$work/floats.json" --climate float32 --no-files $pixels
}

# The first name in the step; a line with a comma alone is between two steps.
adapter=$(sed -n '/"step": "devices"/,/^,$/s/^ *"name": "\(.*\)",*$/\1/p' "$steps" | head -n 1)
slug=$(printf '%s' "${adapter:-no adapter}" | sed 's/ (.*//' | tr 'A-Z' 'a-z' | tr -cs 'a-z0-9' '-' | sed 's/^-*//; s/-*$//')
# The commit of this tree, with -dirty where files differ from it; empty where there is no git.
commit=$(git -C "$(dirname "$0")" describe --always --abbrev=40 --exclude='*' --dirty 2> /dev/null)
mkdir -p "$results"
file=$results/$slug-$(date -u +%Y-%m-%d).json
{
    printf '{"date": "%s", "doline": %s, "commit": %s, "system": %s, "cpus": %s, "device": %s, "side": %s, "steps": [\n' \
        "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(quoted "$("$doline" --version)")" "$(quoted "$commit")" "$(quoted "$(uname -sm)")" "$(nproc)" \
        "$(quoted "$device")" "$side"
    cat "$steps"
    printf '\n]}\n'
} > "$file"
echo "$file, $(($(date +%s) - began)) s"
