#!/usr/bin/env python3
"""Doline beside other programs on the same files, in turns in one run.

    scripts/compare_peers.py STUDY.toml --doline target/release/doline \\
        --peer 'python chain.py {study} --engine numba --crop 100000 --repeat 1 --out {out}' [--cdo cdo] [--json F]

STUDY.toml is one that `doline synth` made (`--compress none` to leave decompression out). Two comparisons:

- core: NEP, its mean, trend, Theil-Sen, Mann-Kendall, partial correlations and plain attribution, from files to files, without
  compression. The peer is any command; {study} and {out} are replaced. Of a peer that prints JSON with `end_to_end_s` and
  `compute_s` these count, because a program in Python compiles first; the processor time is that of the whole process.
- trend: the least-squares trend of NPP in a netCDF file, by `cdo trend` and `doline trend`. gdal_translate makes the file.

What cannot be run is said, in the table and in the JSON. Standard library alone.
"""
import argparse
import json
import os
import pathlib
import re
import resource
import shlex
import shutil
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


def netcdf_of(study, folder):
    """NPP of the study as one netCDF file with a time axis, for CDO; or why not."""
    for tool in ("gdalbuildvrt", "gdal_translate"):
        if shutil.which(tool) is None:
            return None, f"{tool} is not installed"
    bands = sorted((pathlib.Path(study).parent / "npp").glob("npp_*.tif"))
    if not bands:
        return None, "the study has no npp/npp_YEAR.tif"
    vrt, raw, path = (folder / name for name in ("npp.vrt", "raw.nc", "npp.nc"))
    for command in (
        ["gdalbuildvrt", "-q", "-separate", vrt, *bands],
        # CDO wants one variable with a time axis: a band a step.
        ["gdal_translate", "-q", "-ot", "Float32", "-of", "netCDF", vrt, raw],
    ):
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return None, f"{command[0]}: {done.stderr.strip()}"
    years = [re.search(r"(\d{4})\.tif$", band.name).group(1) for band in bands]
    return (raw, path, years), None


def cdo_file(cdo, made):
    """One variable with a time axis of the variables that GDAL wrote."""
    raw, path, years = made
    merge = [cdo, "-s", "-setcalendar,standard", f"-settaxis,{years[0]}-07-01,00:00:00,1year"]
    names = [f"-setname,npp -selname,Band{i + 1} {raw}" for i in range(len(years))]
    done = subprocess.run([*merge, "-cat", "[", *" ".join(names).split(), "]", str(path)], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return f"cdo cannot make its input: {last[0]}"
    return None


def trend_commands(args, folder):
    """Commands of the second comparison, or why there is none."""
    if shutil.which(args.cdo) is None:
        return {}, f"{args.cdo} is not installed"
    made, why = netcdf_of(args.study, folder)
    if made is None:
        return {}, why
    why = cdo_file(args.cdo, made)
    if why:
        return {}, why
    path, years = made[1], made[2]
    out = folder / "trend"
    return {
        "doline": [args.doline, "-q", "trend", str(path), "--years", f"{years[0]}-{years[-1]}", "--tests", "ols",
                   "-o", str(out), "--device", "cpu"],
        "cdo trend": [args.cdo, "-s", "-P", str(os.cpu_count()), "-O", "trend", str(path), str(folder / "a.nc"),
                      str(folder / "b.nc")],
    }, None


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
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=pathlib.Path)
    args = parser.parse_args()
    record = {"date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "cpus": os.cpu_count(), "study": args.study,
              "doline": subprocess.run([args.doline, "--version"], capture_output=True, text=True, check=True).stdout.strip(),
              "runs": {}, "not_compared": []}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        commands = {"doline": doline_core(args, args.study, str(folder / "doline"))}
        for number, peer in enumerate(args.peer):
            words = [word.format(study=args.study, out=str(folder / f"peer{number}")) for word in shlex.split(peer)]
            commands[pathlib.Path(shlex.split(peer)[1 if len(shlex.split(peer)) > 1 else 0]).name] = words
        if not args.peer:
            record["not_compared"].append("core: no --peer is given")
        record["runs"]["core, files to files"] = in_turns(commands, args.rounds)
        commands, why = trend_commands(args, folder)
        if why:
            record["not_compared"].append(f"trend: {why}")
        else:
            record["runs"]["trend of NPP, netCDF"] = in_turns(commands, args.rounds)
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
