#!/usr/bin/env bash
# Installs what a build and its tests need besides Rust: GDAL with its headers, pkg-config, a C
# linker, and Mesa's software Vulkan driver, on which the GPU tests run where there is no GPU.
#
#     scripts/setup.sh [--check]
#
# Safe to run again: what is there is left alone. --check installs nothing and fails if something
# is missing.
set -euo pipefail

check_only=false
case "${1:-}" in
    "") ;;
    --check) check_only=true ;;
    *)
        echo "usage: scripts/setup.sh [--check]" >&2
        exit 2
        ;;
esac

say() { printf 'setup: %s\n' "$*" >&2; }

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif has sudo; then
        sudo "$@"
    else
        say "this needs root, and there is no sudo: $*"
        return 1
    fi
}

# A package of Debian; what it gives may also be there without it, as in a container with its own GDAL.
is_there() {
    case "$1" in
        libgdal-dev) has pkg-config && pkg-config --exists gdal ;;
        pkg-config) has pkg-config ;;
        gcc) has gcc ;;
        *) dpkg -s "$1" 2>/dev/null | grep -q '^Status: install ok installed' ;;
    esac
}

with_apt() {
    local package
    local missing=()
    for package in pkg-config libgdal-dev gcc libvulkan1 mesa-vulkan-drivers; do
        is_there "$package" || missing+=("$package")
    done
    if [ "${#missing[@]}" -eq 0 ]; then
        return
    fi
    if $check_only; then
        say "missing: ${missing[*]}"
        exit 1
    fi
    say "apt-get install ${missing[*]}"
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

with_brew() {
    local formula
    local missing=()
    for formula in gdal pkg-config; do
        brew list --versions "$formula" >/dev/null 2>&1 || missing+=("$formula")
    done
    # Homebrew's pkgconf stands in for pkg-config.
    if has pkg-config && pkg-config --exists gdal; then
        missing=()
    fi
    if [ "${#missing[@]}" -eq 0 ]; then
        return
    fi
    if $check_only; then
        say "missing: ${missing[*]}"
        exit 1
    fi
    say "brew install ${missing[*]}"
    brew install "${missing[@]}"
}

by_hand() {
    cat >&2 <<'TEXT'
setup: this system is not one that the script can install on. Doline needs

  - GDAL 3.4 to 3.12 with headers, and pkg-config (or GDAL_HOME) to find it
  - a C linker
  - for the GPU tests, a Vulkan, Metal or DX12 driver (Mesa's lavapipe is one)

Windows: install GDAL from conda-forge (conda install -c conda-forge libgdal) or with OSGeo4W, and
set GDAL_HOME to the folder that holds its include, lib and bin.
Fedora:  dnf install gdal-devel pkgconf gcc vulkan-loader mesa-vulkan-drivers
Arch:    pacman -S gdal pkgconf gcc vulkan-icd-loader vulkan-swrast

Then call cargo itself: cargo run --release -- demo
TEXT
    exit 1
}

case "$(uname -s)" in
    Linux) if has apt-get; then with_apt; elif has pkg-config && pkg-config --exists gdal; then :; else by_hand; fi ;;
    Darwin)
        if has brew; then
            with_brew
        else
            say "install Homebrew (https://brew.sh) first, then run this again"
            exit 1
        fi
        ;;
    *) by_hand ;;
esac

if ! has cargo; then
    say "cargo is missing; install Rust from https://rustup.rs, open a new shell, then run this again"
    exit 1
fi
gdal=$(pkg-config --modversion gdal 2>/dev/null || echo "of unknown version")
say "GDAL $gdal, $(cargo --version)"
