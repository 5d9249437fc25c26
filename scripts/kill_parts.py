#!/usr/bin/env python3
"""Kills processes that compute parts of a run, and that join them, at random moments; compares every byte with an undivided run.

    scripts/kill_parts.py target/release/doline study.toml 20 --parts 6 -- --device cpu

Prints the kills made, the runs that were finished, and the files that differ; ends with 1 if any does, or a process or a file
of a killed one is left. Two processes are at work at a time. The arguments after `--` are those of `doline split`.
"""

import argparse
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "cluster"))
from same import contents, different  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("doline")
    parser.add_argument("study")
    parser.add_argument("kills", type=int)
    parser.add_argument("--parts", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--dir", help="where the runs are made; a folder of temporary files by default")
    own, more = sys.argv[1:], []
    if "--" in own:
        own, more = own[: own.index("--")], own[own.index("--") + 1 :]
    args = parser.parse_args(own)
    draw = random.Random(args.seed)
    place = pathlib.Path(tempfile.mkdtemp(prefix="doline-parts-", dir=args.dir))

    def start(what, out, *words):
        command = [args.doline, what, args.study, "--quiet", "--out", str(out), *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def whole(what, out, *words):
        process = start(what, out, *words)
        _, text = process.communicate()
        if process.returncode != 0:
            sys.exit(f"doline {what} ended with {process.returncode}: {text.decode()}")

    whole("run", place / "plain", *more)
    expected = contents(place / "plain")
    kills = finished = 0
    wrong = set()
    takes = 1.0
    while kills < args.kills:
        out = place / "parted"
        whole("split", out, "--parts", str(args.parts), *more)
        left = list(range(args.parts))
        draw.shuffle(left)
        at_work = {}
        while left or at_work:
            while left and len(at_work) < 2:
                part = left.pop()
                process = start("run", out, "--part", f"{part}/{args.parts}")
                dies = kills + len([1 for _, _, dies in at_work.values() if dies]) < args.kills and draw.random() < 0.6
                at_work[process] = (part, time.monotonic(), draw.uniform(0, 1.1 * takes) if dies else None)
            time.sleep(0.002)
            for process, (part, began, dies) in list(at_work.items()):
                took = time.monotonic() - began
                if process.poll() is None and dies is not None and took > dies:
                    process.kill()
                    process.communicate()
                    kills += 1
                    left.insert(0, part)
                    del at_work[process]
                elif process.poll() is not None:
                    _, text = process.communicate()
                    if process.returncode != 0:
                        sys.exit(f"part {part} ended with {process.returncode}: {text.decode()}")
                    takes = max(0.7 * takes, took)
                    del at_work[process]
        while True:
            process = start("join", out)
            if kills < args.kills and draw.random() < 0.5:
                try:
                    process.wait(draw.uniform(0, 3 * takes))
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.communicate()
                    kills += 1
                    continue
            _, text = process.communicate()
            break
        # One that was killed after it had removed the parts had everything in its place.
        if process.returncode != 0 and b"has no run in parts" not in text:
            sys.exit(f"join ended with {process.returncode}: {text.decode()}")
        finished += 1
        found = contents(out)
        wrong.update(different(expected, found))
        shutil.rmtree(out)
    print(f"{kills} kills, {finished} runs finished, {len(wrong)} files of {len(expected)} differ")
    for name in sorted(wrong):
        print(f"  {name}")
    shutil.rmtree(place, ignore_errors=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
