#!/usr/bin/env python3
"""Doline beside other programs on the same files, in turns in one run.

    scripts/compare_peers.py STUDY.toml --doline target/release/doline \\
        --peer 'python chain.py {study} --engine numba --crop 100000 --repeat 1 --out {out}' [--cdo cdo] [--json F]

STUDY.toml is one that `doline synth` made (`--compress none` to leave decompression out). Two comparisons:

- core: NEP, its mean, trend, Theil-Sen, Mann-Kendall, partial correlations and plain attribution, from files to files, without
  compression. The peer is any command; {study} and {out} are replaced. Of a peer that prints JSON with `end_to_end_s` and
  `compute_s` these count, because a program in Python compiles first; the processor time is that of the whole process. A peer
  that marks what is missing with NaN wants a study of `doline synth --climate float32`.
- trend: the least-squares trend of twenty years in a netCDF file of floats, by `cdo trend` (slope and intercept) and `doline trend
  --tests ols` (these, r2, p, n, mean, variation, classes). The script writes the file: noise with a trend, --trend-side pixels a side.

What cannot be run is said, in the table and in the JSON. Standard library alone.
"""
import argparse
import array
import json
import os
import pathlib
import random
import resource
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time

DRIVERS = ("temperature", "precipitation", "radiation")
CORE = ["stacks/nep", "nep_mean", "nep_slope", "nep_p", "nep_sen", "nep_mk_s", "nep_mk_z", "nep_mk_p",
        *(f"nep_partial_{d}{q}" for d in DRIVERS for q in ("", "_p")),
        *(f"maps/raw/nep_slope_{d}" for d in (*DRIVERS, "climate", "human"))]


def measured(command):
    """Seconds, processor seconds and standard output of a command, or why it failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return {"failed": str(error)}
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"failed": f"exit code {done.returncode}: {last[0]}"}
    result = {"seconds": seconds, "user_s": after.ru_utime - before.ru_utime, "system_s": after.ru_stime - before.ru_stime}
    try:
        printed = json.loads(done.stdout)
    except ValueError:
        return result
    if isinstance(printed, dict) and "end_to_end_s" in printed:
        result |= {"seconds": printed["end_to_end_s"], "memory_to_memory_s": printed["compute_s"], "whole_process_s": seconds}
    return result


def doline_core(args, study, out):
    layers = json.dumps(CORE)
    return [args.doline, "-q", "run", study, "--out", out, "--device", "cpu", "--set", "output.compress=none",
            "--set", f"output.layers={layers}", "--set", 'trend.of=["nep"]', "--set", 'attribution.sensitivity=["raw"]']


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def number(*values):
    return struct.pack(f">{len(values)}i", *values)


def text(word):
    return number(len(word)) + padded(word.encode())


def attributes(pairs):
    """Texts and single floats as attributes of netCDF."""
    if not pairs:
        return number(0, 0)
    parts = [number(12, len(pairs))]
    for name, value in pairs.items():
        if isinstance(value, str):
            parts.append(text(name) + number(2) + text(value))
        else:
            parts.append(text(name) + number(5, 1) + struct.pack(">f", value))
    return b"".join(parts)


def write_netcdf(path, side, years):
    """Noise with a trend, `years` x `side` x `side` floats in a classic netCDF file with 64-bit offsets."""
    random.seed(1)
    noise = array.array("f", (random.gauss(0, 20) for _ in range(side + years * 7919)))
    days = [round(365.2425 * k) + 181 for k in range(years)]
    variables = {
        "time": ([0], {"units": "days since 2001-01-01", "calendar": "standard", "axis": "T"}, 6, struct.pack(f">{years}d", *days)),
        "lat": ([1], {"units": "degrees_north", "axis": "Y"}, 6, struct.pack(f">{side}d", *(25 - 0.004 * k for k in range(side)))),
        "lon": ([2], {"units": "degrees_east", "axis": "X"}, 6, struct.pack(f">{side}d", *(105 + 0.004 * k for k in range(side)))),
        "npp": ([0, 1, 2], {"units": "gC m-2 yr-1", "_FillValue": -9999.0}, 5, None),
    }
    sizes = [years, side, side]

    def header(begins):
        parts = [b"CDF\x02", number(0), number(10, 3)]
        parts += [text(name) + number(size) for name, size in zip(("time", "lat", "lon"), sizes)]
        parts += [attributes({"Conventions": "CF-1.6"}), number(11, len(variables))]
        for (name, (dims, attrs, kind, data)), begin in zip(variables.items(), begins):
            n_bytes = len(data) if data is not None else 4 * years * side * side
            parts += [text(name), number(len(dims), *dims), attributes(attrs), number(kind, n_bytes), struct.pack(">q", begin)]
        return b"".join(parts)

    at, begins = len(header([0] * 4)), []
    for _, _, _, data in variables.values():
        begins.append(at)
        at += len(data) if data is not None else 0
    with open(path, "wb") as file:
        file.write(header(begins))
        for _, _, _, data in variables.values():
            file.write(data or b"")
        for year in range(years):
            for row in range(side):
                first = (year * 7919 + row * 31) % (len(noise) - side)
                line = array.array("f", (600 + 3 * year + x for x in noise[first:first + side]))
                if sys.byteorder == "little":
                    line.byteswap()
                file.write(line.tobytes())


def trend_commands(args, folder):
    """Commands of the second comparison, or why there is none."""
    if shutil.which(args.cdo) is None:
        return {}, f"{args.cdo} is not installed"
    path = folder / "npp.nc"
    write_netcdf(path, args.trend_side, 20)
    out = folder / "trend"
    return {
        "doline": [args.doline, "-q", "trend", str(path), "--tests", "ols", "-o", str(out), "--device", "cpu"],
        "cdo trend": [args.cdo, "-s", "-P", str(os.cpu_count()), "-O", "trend", str(path), str(folder / "a.nc"),
                      str(folder / "b.nc")],
    }, None


def unused(name, names):
    """A name that is not among `names`: itself, else with the next number."""
    found, count = name, 1
    while found in names:
        count += 1
        found = f"{name} {count}"
    return found


def in_turns(commands, rounds):
    """Each command once a round, one after the other."""
    runs = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            runs[name].append(measured(command))
    return runs


def rows_of(comparison, runs):
    for name, results in runs.items():
        failed = [r["failed"] for r in results if "failed" in r]
        if failed:
            yield f"| {comparison} | {name} | failed: {failed[0]} | | |"
            continue
        seconds = " ".join(f"{r['seconds']:.2f}" for r in results)
        middle = sorted(results, key=lambda r: r["seconds"])[len(results) // 2]
        inside = f"{middle['memory_to_memory_s']:.2f}" if "memory_to_memory_s" in middle else ""
        yield f"| {comparison} | {name} | {seconds} | {middle['user_s']:.1f} + {middle['system_s']:.1f} | {inside} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("--doline", default="target/release/doline")
    parser.add_argument("--peer", action="append", default=[], help="a command with {study} and {out}; may be given more than once")
    parser.add_argument("--cdo", default="cdo")
    parser.add_argument("--trend-side", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    record = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cpus": os.cpu_count(), "study": args.study,
              "doline": subprocess.run([args.doline, "--version"], capture_output=True, text=True, check=True).stdout.strip(),
              "runs": {}, "not_compared": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        commands = {"doline": doline_core(args, args.study, str(folder / "doline"))}
        for at, peer in enumerate(args.peer):
            words = shlex.split(peer)
            name = unused(pathlib.Path(words[:2][-1]).name, commands)
            commands[name] = [word.format(study=args.study, out=str(folder / f"peer{at}")) for word in words]
        if not args.peer:
            record["not_compared"].append("core: no --peer is given")
        record["runs"]["core, files to files"] = in_turns(commands, args.rounds)
        commands, why = trend_commands(args, folder)
        if why:
            record["not_compared"].append(f"trend: {why}")
        else:
            record["runs"]["trend, netCDF"] = in_turns(commands, args.rounds)
    print(f"{record['date'][:10]}, {record['doline']}, {record['cpus']} cores, {args.study}\n")
    print("| what | program | seconds, in turns | user + system s | memory to memory s |")
    print("|---|---|---|--:|--:|")
    for comparison, runs in record["runs"].items():
        print("\n".join(rows_of(comparison, runs)))
    for why in record["not_compared"]:
        print(f"\nNot compared: {why}")
    if args.json:
        args.json.write_text(json.dumps(record, indent=1) + "\n")
    failed = any("failed" in run for runs in record["runs"].values() for results in runs.values() for run in results)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
