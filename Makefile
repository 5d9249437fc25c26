# What a clone needs: `make demo` to see it work, `make test` to see that it computes right.
#
#   make demo    the sample study, from its rasters to maps and tables
#   make test    every test; the GPU tests need an adapter, Mesa's lavapipe is one
#   make test-gis  the maps of the sample in QGIS, R and Python, which it installs
#   make test-servers  a study whose files are on servers of this machine (S3, HTTP); installs packages of Python
#   make test-page  the page of a run in Chromium; installs Chromium and packages of npm
#   make test-cluster  a study in parts under a SLURM of this machine, and under kill -9; needs Debian's slurmctld slurmd munge, and root
#   make python  the wheel of the Python package, into target/wheels
#   make test-python  that wheel in a fresh environment, with its tests; installs packages of Python
#   make report-js  the script of the page, from assets/report
#   make check   formatting, lints, documentation, builds without GDAL and GPU, licences
#   make fuzz    random changes of study files, times, patterns and units, ten seconds each; see fuzz/README.md
#   make bench   speed of kernels and pipeline
#   make book    the manual as pages in target/book; needs mdBook
#   make setup   GDAL and a software Vulkan driver, where they are missing

CARGO ?= cargo
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-gis test-servers test-page test-cluster python test-python report-js fuzz check check-fast check-build bench book

help:
	@sed -n 's/^#   make/  make/p' Makefile

setup:
	@scripts/setup.sh

demo: setup
	$(CARGO) run --release --locked -- demo

# cargo test and not nextest: it also runs the examples of the documentation, and nothing has to be
# installed for it. No test is skipped: without an adapter tests/equivalence.rs fails.
test: setup
	$(CARGO) test --locked --no-fail-fast

test-gis: setup
	tests/gis/run.sh

test-servers: setup
	tests/servers/run.sh

# The bundle that is committed must be the one that its sources make.
test-page: setup
	@scripts/setup_page.sh
	mkdir -p target/page && node assets/report/build.mjs target/page
	cmp assets/report.js target/page/report.js
	cmp assets/report.js.LICENSES.txt target/page/report.js.LICENSES.txt
	$(CARGO) test --locked --no-run --test report
	node tests/page/test.mjs
	mkdir -p target/page/shaders && DOLINE_SHADERS="$(CURDIR)/target/page/shaders" \
		$(CARGO) test --locked --test shaders every_shader_compiles
	node tests/page/shaders.mjs target/page/shaders

test-cluster: setup
	$(CARGO) build --release --locked
	tests/cluster/slurm.sh target/release/doline
	rm -rf target/cluster && target/release/doline synth --out target/cluster --size 600x600
	scripts/kill_parts.py target/release/doline target/cluster/study.toml 20 -- --device cpu

python:
	@scripts/python_build.sh

test-python: setup
	@scripts/test_python.sh

report-js:
	cd assets/report && npm ci --silent --no-audit --no-fund && npm run --silent build

# Any compiler; with a nightly one, cargo +nightly fuzz run study.
fuzz: setup
	DOLINE_FUZZ_SECONDS=10 $(CARGO) test --locked --test fuzz -- --nocapture

check: check-fast check-build

# A few seconds, nothing is compiled.
check-fast:
	$(CARGO) fmt --all --check
	$(PYTHON) scripts/check_licences.py

check-build: setup
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --package doline-python --no-deps -- -D warnings
	$(CARGO) check --locked --no-default-features
	$(CARGO) check --locked --no-default-features --features gpu
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

bench: setup
	$(CARGO) bench --locked

book:
	@command -v mdbook >/dev/null || { echo "mdbook is missing: cargo install mdbook --locked"; exit 1; }
	mdbook build docs
