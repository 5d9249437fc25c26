#!/usr/bin/env python3
"""Check the licences of all dependencies against the list in deny.toml, offline.

    python3 scripts/check_licences.py [--list]

Reads `cargo metadata --offline --locked`: every crate in Cargo.lock, for all features and platforms. A crate passes if its
SPDX expression can be met with licences of the list alone. `--list` prints how many crates have each expression.

Exit code: 0 all pass, 1 not, 2 cargo could not tell.
Needs Python 3.11 and cargo.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOKEN = re.compile(r"\s*(\(|\)|[A-Za-z0-9][A-Za-z0-9.+:-]*)")


def tokens_of(expression):
    """The parts of an SPDX expression; `MIT/Apache-2.0` is the old way to write OR."""
    text = expression.replace("/", " OR ").rstrip()
    at, tokens = 0, []
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"unexpected {text[at:]!r}")
        tokens.append(match[1])
        at = match.end()
    return tokens


def is_met(expression, allowed):
    """Whether licences in `allowed` alone meet an SPDX expression. AND binds tighter than OR."""
    tokens = tokens_of(expression)

    def take(expected=None):
        if not tokens or (expected is not None and tokens[0] != expected):
            raise ValueError(f"expected {expected or 'a licence'} in {expression!r}")
        return tokens.pop(0)

    def licence():
        if tokens and tokens[0] == "(":
            take("(")
            met = either()
            take(")")
            return met
        name = take()
        if name in (")", "AND", "OR", "WITH"):
            raise ValueError(f"expected a licence, found {name!r}")
        if tokens and tokens[0] == "WITH":
            take("WITH")
            name = f"{name} WITH {take()}"
        return name in allowed

    def both():
        met = licence()
        while tokens and tokens[0] == "AND":
            take("AND")
            # Evaluated first: the tokens must be taken in any case.
            met = licence() and met
        return met

    def either():
        met = both()
        while tokens and tokens[0] == "OR":
            take("OR")
            met = both() or met
        return met

    met = either()
    if tokens:
        raise ValueError(f"unexpected {tokens[0]!r}")
    return met


def self_test():
    allowed = {"MIT", "Apache-2.0", "Zlib", "Apache-2.0 WITH LLVM-exception"}
    for expression, expected in [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT/Apache-2.0", True),
        ("GPL-2.0-only OR MIT", True),
        ("MIT AND GPL-2.0-only", False),
        ("MIT OR GPL-2.0-only AND LGPL-3.0", True),
        ("(MIT OR GPL-2.0-only) AND LGPL-3.0", False),
        ("(MIT OR Apache-2.0) AND Zlib", True),
        ("Apache-2.0 WITH LLVM-exception OR LGPL-3.0", True),
        ("MIT WITH LLVM-exception", False),
    ]:
        if is_met(expression, allowed) != expected:
            raise AssertionError(expression)


def main():
    self_test()
    allowed = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])
    # Without --offline cargo may ask the registry for crates of platforms that were never built here.
    command = ["cargo", "metadata", "--locked", "--format-version", "1"]
    for offline in (["--offline"], []):
        done = subprocess.run([*command, *offline], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            break
    else:
        print(done.stderr, end="", file=sys.stderr)
        return 2
    packages = json.loads(done.stdout)["packages"]
    failures, counts = [], Counter()
    for package in packages:
        crate = f"{package['name']} {package['version']}"
        expression = package["license"]
        counts[expression] += 1
        if expression is None:
            failures.append(f"{crate} states no licence")
            continue
        try:
            if not is_met(expression, allowed):
                failures.append(f"{crate} is {expression}, which deny.toml does not allow")
        except ValueError as error:
            failures.append(f"{crate}: {error}")
    if "--list" in sys.argv[1:]:
        for expression, n in counts.most_common():
            print(f"{n:5}  {expression}")
    for failure in failures:
        print(f"licences: {failure}", file=sys.stderr)
    if not failures:
        print(f"licences: {len(packages)} crates, all on the list of deny.toml")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
