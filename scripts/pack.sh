#!/usr/bin/env bash
# Packs the release build with its licences into dist/doline-VERSION-TARGET.tar.gz, and writes its checksum beside it.
#
#   scripts/pack.sh VERSION
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?the version, as in scripts/pack.sh v0.1.0}
name="doline-${version#v}-$(rustc -vV | sed -n 's/^host: //p')"
rm -rf "dist/$name"
mkdir -p "dist/$name"
cp target/release/doline README.md CHANGELOG.md CITATION.cff LICENSE-APACHE LICENSE-MIT "dist/$name/"
# The same bytes from the same files: sorted, without owner and time.
tar --sort=name --mtime='UTC 2020-01-01' --owner=0 --group=0 --numeric-owner -C dist -cf - "$name" | gzip -n >"dist/$name.tar.gz"
(cd dist && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256")
rm -rf "dist/$name"
echo "dist/$name.tar.gz"
