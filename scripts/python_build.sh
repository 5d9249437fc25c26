#!/usr/bin/env bash
# Builds the wheel of the Python package into target/wheels: one file for Python 3.10 and later and for every Linux since glibc 2.17. It
# installs maturin and zig (the linker for old systems) from the registry of Python into target/python/build.
set -euo pipefail
cd "$(dirname "$0")/.."

tools=target/python/build
if [ ! -x "$tools/bin/maturin" ]; then
    "${PYTHON:-python3}" -m venv "$tools"
    "$tools/bin/pip" install --quiet --disable-pip-version-check "maturin>=1.9.4,<2" "ziglang>=0.13,<0.18"
fi
# maturin looks for zig in the environment that is active.
export VIRTUAL_ENV="$PWD/$tools" PATH="$PWD/$tools/bin:$PATH"
rm -f target/wheels/doline-*.whl
cd python
maturin build --release --locked --zig --compatibility manylinux2014 --out ../target/wheels "$@"
