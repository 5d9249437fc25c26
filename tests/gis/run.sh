#!/usr/bin/env bash
# Opens the maps of the sample in the programs that users open them in: QGIS, R with terra, Python with rioxarray,
# pystac and odc-stac. Installs what is missing (Debian or Ubuntu, as root or with sudo) and fails where it cannot.
#
#     tests/gis/run.sh [PICTURES_FOLDER]
#
# With a folder it leaves a picture of every map there, as QGIS draws it.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf 'gis: %s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Python and GDAL of the system: QGIS of Debian is built for them.
qgis_python=/usr/bin/python3
packages=()
"$qgis_python" -c 'import qgis.core, osgeo.gdal, numpy' 2>/dev/null || packages+=(python3-qgis python3-gdal python3-numpy)
Rscript -e 'library(terra)' >/dev/null 2>&1 || packages+=(r-cran-terra)
python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
if [ "${#packages[@]}" -gt 0 ]; then
    say "apt-get install ${packages[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
fi

venv=target/gis-venv
if ! cmp -s tests/gis/requirements.txt "$venv/requirements.txt"; then
    say "pip install -r tests/gis/requirements.txt"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q --disable-pip-version-check -r tests/gis/requirements.txt
    cp tests/gis/requirements.txt "$venv/"
fi

# As the tests build it, so that nothing is compiled twice: a build without them has other features.
cargo test --locked --no-run --test styles
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
target/debug/doline demo -q --device cpu --out "$work/gtiff" >/dev/null
# The same as COG, whose tables of colours GDAL copies, and under a name that XML has to escape.
target/debug/doline run data-samples/guangxi/study.toml -q --device cpu --out "$work/cog" \
    --set output.format=cog --set 'study.name="Karst <A> & \"B\""' >/dev/null

# A store of Zarr beside the maps.
target/debug/doline run data-samples/guangxi/study.toml -q --device cpu --out "$work/zarr" --set output.format=zarr

# Qt wants a folder that is the user's alone.
mkdir -m 700 "$work/runtime"
export XDG_RUNTIME_DIR="$work/runtime" QT_QPA_PLATFORM=offscreen
for run in gtiff cog; do
    "$qgis_python" tests/gis/open_in_qgis.py "$work/$run" ${1:+"$1/$run"}
done
Rscript tests/gis/open_in_terra.R "$work/gtiff" 2> >(grep -v codetools >&2)

# What the manual shows to users of R, as they would type it: its command, of the sample's files under the names and years
# that the manual has, then its script.
mkdir "$work/r"
for file in data-samples/guangxi/npp/npp_*.tif; do
    cp "$file" "$work/r/ndvi_${file##*_}"
done
block() { sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" docs/from/r.md | grep -v '^```'; }
root=$PWD
(
    cd "$work/r"
    PATH="$root/target/debug:$PATH"
    command=$(cd "$root" && block sh | sed 's/1982-2013/2001-2020/')
    eval "$command --device cpu -q" >/dev/null
    (cd "$root" && block r) >manual.R
    cat "$root/tests/gis/after_the_manual.R" >>manual.R
    Rscript manual.R 2> >(grep -v codetools >&2)
)
"$venv/bin/python" tests/gis/open_in_python.py "$work/gtiff"
"$venv/bin/python" tests/gis/open_zarr.py "$work/zarr"
