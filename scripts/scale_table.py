#!/usr/bin/env python3
"""The tables of docs/scale.md: pixels, bytes and seconds of whole regions, from measured rates.

    scripts/scale_table.py [RESULT.json ...] [--rate 'NAME=MPIXEL_PER_S' ...] [--into docs/scale.md]

RESULT.json is what benches/on_device.sh left; each of its first runs from files to files gives a rate, and the bytes that a pixel
takes on disk. Its measurement of the whole chain, or what `doline bench --json` left, gives the bytes of a pixel in memory. --rate
adds a rate that was measured elsewhere. Without either, pixels and bytes alone. Standard library alone.
"""
import argparse
import json
import pathlib

from performance_table import digits, table, write

BEGIN, END = "<!-- computed -->", "<!-- end of computed -->"
# Land in million km2; the globe without Antarctica.
REGIONS = {"China": 9.6, "Africa": 30.4, "all land but Antarctica": 134.8}
SIDES_M = (1000, 500, 250)
# Bytes of a pixel in and out as `doline bench` states them for the whole chain with packed climate, without a result.
BYTES = (20 * 2 + 3 * 240 * 2 + 4, 1112)


def pixels(area, side_m):
    return area * 1e12 / side_m**2


def time(seconds):
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{digits(seconds, unit)} {name}"
    return f"{digits(seconds)} s"


def bytes_of(record):
    """Bytes of a pixel in and out of the whole chain with packed climate, if the record has them."""
    for bench in (record, *(step.get("result", {}) for step in record.get("steps", []))):
        work = bench.get("work", {})
        if (work.get("chain"), work.get("climate")) == ("whole", "packed"):
            return work["input_bytes"], work["returned_bytes"]
    return None


def rates_of(record):
    """Name, pixels a second, bytes read and written a pixel on disk, of each run from files to files."""
    for step in record.get("steps", []):
        if not step["step"].startswith("files, ") or "again" in step["step"] or "result" not in step:
            continue
        run = step["result"]
        device = run["device"].split(" (")[0]
        if "llvmpipe" in device:
            # A software adapter computes nobody's continent.
            continue
        read = sum(file["bytes"] for one in run["inputs"] for file in one["files"])
        yield f"{device}, {record['cpus']} cores", run["pixels"] / step["seconds"], read / run["pixels"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="*", type=pathlib.Path)
    parser.add_argument("--rate", action="append", default=[], help="NAME=MPIXEL_PER_S")
    parser.add_argument("--into", type=pathlib.Path)
    args = parser.parse_args()
    records = [json.loads(path.read_text()) for path in args.results]
    rates = [rate for record in records for rate in rates_of(record)]
    bytes_in, bytes_out = next(filter(None, map(bytes_of, records)), BYTES)
    for rate in args.rate:
        name, _, value = rate.rpartition("=")
        rates.append((name, 1e6 * float(value), None))
    header = ["region", "pixel", "million pixels", "bytes in, as stored", "bytes of maps"]
    header += [name for name, _, _ in rates]
    rows = []
    for region, area in REGIONS.items():
        for side in SIDES_M:
            n = pixels(area, side)
            size = [f"{digits(n * bytes_in, 1e9)} GB", f"{digits(n * bytes_out, 1e9)} GB"]
            rows.append([region, f"{side} m", digits(n, 1e6), *size, *(time(n / rate) for _, rate, _ in rates)])
    parts = [table(header, rows, 2)]
    parts += [f"- {name}: {digits(rate, 1e6)} Mpixel/s from files to files"
              + (f", {digits(read)} bytes a pixel read from disk" if read else "") for name, rate, read in rates]
    text = parts[0] + ("\n\nRates:\n\n" + "\n".join(parts[1:]) if rates else "")
    write(text, args.into, BEGIN, END)


if __name__ == "__main__":
    main()
