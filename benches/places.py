#!/usr/bin/env python3
"""What zones and measures add to a run: the same study with and without them, in turns.

    benches/places.py [--doline PATH] [--size 1000x740] [--device cpu] [--pairs 2] [--dir DIR] [--json FILE]

The study is that of `doline synth`. "Without" has its inputs, models, trends, drivers and stages. "With" has
besides them eight zone sets, two of which share pixels exactly among 120 polygons of 200 points, and
[measures]. Of each run it tells wall and CPU seconds and the peak of memory, and of each pair the ratio.
Needs Python 3 alone, on a system with wait4 (Linux, macOS).
"""

import argparse
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EXTRA = """
[zones.parks]
file  = "parks.geojson"
field = "name"
cells = "fraction"

[zones.basins]
file  = "basins.geojson"
field = "name"
cells = "fraction"

[zones.rock_landcover]
cross = ["rock", "landcover"]
"""
PLACES = ("zones", "measures", "geodetector", "sites")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--doline", default="target/release/doline")
    parser.add_argument("--size", default="1000x740")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--memory", help="engine.memory of the runs")
    parser.add_argument("--pairs", type=int, default=2)
    parser.add_argument("--dir", help="where the study lies while it is needed (default: the system's)")
    parser.add_argument("--json", help="the file for the result (default: standard output)")
    return parser.parse_args()


def polygons(bounds, columns, rows, turn):
    """120 outlines of 200 points that overlap their neighbours a little, over the box `bounds`."""
    left, bottom, right, top = bounds
    width, height = (right - left) / columns, (top - bottom) / rows
    features = []
    for cell in range(columns * rows):
        x = left + (cell % columns + 0.5) * width
        y = bottom + (cell // columns + 0.5) * height
        ring = []
        for point in range(200):
            angle = 2 * math.pi * point / 200
            radius = 0.5 + 0.06 * math.sin(7 * angle + turn * cell)
            ring.append([x + radius * width * math.cos(angle), y + radius * height * math.sin(angle)])
        ring.append(ring[0])
        features.append(
            {
                "type": "Feature",
                "properties": {"name": f"place {cell + 1}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return features


def write_polygons(path, crs, *shape):
    crs = {"type": "name", "properties": {"name": crs}}
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": polygons(*shape)}))


def without_places(text):
    """The study file less the tables of places."""
    parts = re.split(r"(?m)^(?=\[)", text)
    return "".join(part for part in parts if part[1:].split("]")[0].split(".")[0] not in PLACES)


def make_studies(doline, folder, size):
    """Writes the study and the files `with.toml` and `without.toml`."""
    subprocess.run([doline, "-q", "synth", "--out", folder, "--size", size], check=True)
    inspect = [doline, "inspect", "--json", folder / "npp" / "npp_2001.tif"]
    found = json.loads(subprocess.run(inspect, check=True, capture_output=True, text=True).stdout)
    extent = found[0]["raster"]["extent"]
    write_polygons(folder / "parks.geojson", extent["crs"], extent["bounds"], 12, 10, 1)
    write_polygons(folder / "basins.geojson", extent["crs"], extent["bounds"], 10, 12, 2)
    text = (folder / "study.toml").read_text()
    (folder / "without.toml").write_text(without_places(text))
    kept = re.split(r"(?m)^(?=\[)", text)
    kept = "".join(part for part in kept if not part.startswith(("[geodetector]", "[sites]")))
    (folder / "with.toml").write_text(kept + EXTRA)


def run(command):
    """Runs the command; its wall seconds, CPU seconds and peak of memory in MiB."""
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - start
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit code {child.returncode}")
    peak = usage.ru_maxrss / (1024 if platform.system() == "Linux" else 1024**2)
    return {"wall_s": round(wall, 3), "cpu_s": round(usage.ru_utime + usage.ru_stime, 3), "peak_mib": round(peak, 1)}


def compare(options, folder):
    """The pairs of runs, those with places and those without in turns."""
    out = folder / "out"
    pairs = []
    for turn in range(options.pairs):
        pair = {}
        for name in ("without", "with") if turn % 2 == 0 else ("with", "without"):
            shutil.rmtree(out, ignore_errors=True)
            command = [options.doline, "-q", "run", folder / f"{name}.toml", "--out", out, "--device", options.device]
            if options.memory:
                command += ["--set", f"engine.memory={options.memory}"]
            pair[name] = run(command)
        for key, unit in (("wall", "wall_s"), ("cpu", "cpu_s")):
            pair[f"{key}_ratio"] = round(pair["with"][unit] / pair["without"][unit], 3)
        pair["more_memory_mib"] = round(pair["with"]["peak_mib"] - pair["without"]["peak_mib"], 1)
        pairs.append(pair)
    return pairs


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        folder = Path(folder) / "study"
        make_studies(options.doline, folder, options.size)
        result = {"size": options.size, "device": options.device, "cpus": os.cpu_count(), "pairs": compare(options, folder)}
    text = json.dumps(result, indent=1)
    if options.json:
        Path(options.json).write_text(text + "\n")
    else:
        print(text)


if __name__ == "__main__":
    main()
