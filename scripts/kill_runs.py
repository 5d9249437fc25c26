#!/usr/bin/env python3
"""Kills runs of a study at random moments, goes on with them, and compares every byte with an undisturbed run.

    scripts/kill_runs.py target/release/doline study.toml 1000 -- --device cpu --tile 16x64 --checkpoint 1

Prints the kills made, the runs that were finished, and the files that differ; ends with 1 if any does. Each run is killed
either once or, one time in two, again and again until it comes to its end by itself. What holds times, and where the run
was, is left out of run.json.
"""

import argparse
import hashlib
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

# What may differ between two runs: times, memory, and the words of the command.
OF_THE_MOMENT = ["command", "output_dir", "peak_memory_bytes", "seconds", "working_dir"]


def contents(folder):
    """The hash of every file, by its name."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.name == "run.json":
            record = json.loads(data)
            for key in OF_THE_MOMENT:
                record.pop(key, None)
            data = json.dumps(record).encode()
        found[str(path.relative_to(folder))] = hashlib.sha256(data).hexdigest()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doline")
    parser.add_argument("study")
    parser.add_argument("kills", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", help="where the runs are made; a folder of temporary files by default")
    own, more_arguments = sys.argv[1:], []
    if "--" in own:
        own, more_arguments = own[: own.index("--")], own[own.index("--") + 1 :]
    args = parser.parse_args(own)
    draw = random.Random(args.seed)
    place = pathlib.Path(tempfile.mkdtemp(prefix="doline-kills-", dir=args.dir))

    def command(out):
        return [args.doline, "run", args.study, "--quiet", "--out", str(out), *more_arguments]

    def start(out, *more):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.Popen(command(out) + list(more), **quiet)

    began = time.monotonic()
    plain = start(place / "plain")
    _, text = plain.communicate()
    if plain.returncode != 0:
        sys.exit(f"the undisturbed run ended with {plain.returncode}: {text.decode()}")
    takes = time.monotonic() - began
    expected = contents(place / "plain")
    kills = finished = 0
    different = {}
    refused = []
    while kills < args.kills:
        out = place / "killed"
        again_and_again = draw.random() < 0.5
        left_to_kill = args.kills if again_and_again else 1
        while True:
            run = start(out, "--resume")
            if left_to_kill > 0 and kills < args.kills:
                try:
                    run.wait(draw.uniform(0, 1.1 * takes))
                except subprocess.TimeoutExpired:
                    run.send_signal(signal.SIGKILL)
                    run.communicate()
                    kills += 1
                    left_to_kill -= 1
                    continue
            _, text = run.communicate()
            break
        if run.returncode != 0:
            refused.append(f"exit code {run.returncode}: {text.decode().strip()}")
        else:
            finished += 1
            found = contents(out)
            for name in sorted(expected.keys() | found.keys()):
                if expected.get(name) != found.get(name):
                    different[name] = different.get(name, 0) + 1
        shutil.rmtree(out, ignore_errors=True)
    print(f"{kills} kills, {finished} runs finished, {len(refused)} failed, {len(different)} files of {len(expected)} differ")
    for name, times in sorted(different.items()):
        print(f"  {name}: {times} times")
    for text in refused[:10]:
        print(f"  {text}")
    shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if different or refused else 0)


if __name__ == "__main__":
    main()
