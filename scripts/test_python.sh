#!/usr/bin/env bash
# The Python package as users get it: the wheel in a fresh environment without a compiler, its size, its tests. The command that some
# tests compare with is the one that the tests of Rust have built, unless DOLINE_COMMAND names another; DOLINE_WHEEL names a wheel that is
# there already.
set -euo pipefail
cd "$(dirname "$0")/.."

# GPU included; it is downloaded by everybody.
MAX_BYTES=5000000

if [ -z "${DOLINE_WHEEL:-}" ]; then
    scripts/python_build.sh
    wheel=$(ls target/wheels/doline-*.whl)
else
    wheel=$DOLINE_WHEEL
fi
bytes=$(stat -c %s "$wheel")
echo "$wheel: $bytes bytes"
if [ "$bytes" -gt "$MAX_BYTES" ]; then
    echo "test-python: the wheel may have $MAX_BYTES bytes" >&2
    exit 1
fi

fresh=target/python/test
rm -rf "$fresh"
"${PYTHON:-python3}" -m venv "$fresh"
# Alone first: numpy is the one thing that it needs, and no compiler is there to make up for a wheel that lacks.
CC=false CXX=false CARGO=false "$fresh/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "$wheel"
if [ "$("$fresh/bin/pip" list --disable-pip-version-check --format freeze | grep -vcE '^(pip|setuptools|numpy|doline)(==| )')" -ne 0 ]; then
    echo "test-python: the wheel asks for more than numpy:" >&2
    "$fresh/bin/pip" list --disable-pip-version-check >&2
    exit 1
fi
(cd / && DOLINE_DEVICE=cpu "$OLDPWD/$fresh/bin/python" -c \
    'import numpy, doline; assert doline.ols(numpy.arange(20.0)).slope == 1.0, "a slope of 1"')
"$fresh/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: -r python/tests/requirements.txt

if [ -z "${DOLINE_COMMAND:-}" ]; then
    # As the tests of Rust build it, so that nothing is compiled twice: a build without them has other features.
    cargo test --locked --no-run --quiet --test styles
    export DOLINE_COMMAND="$PWD/target/debug/doline"
fi
# Not from the folder of the sources, so that what is imported is what was installed.
cd python/tests
XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp} "../../$fresh/bin/python" -m pytest -q -p no:cacheprovider "${@:-.}"
