#!/usr/bin/env python3
"""Tables of docs/performance.md from what benches/on_device.sh or `doline bench --json` left.

    scripts/performance_table.py RESULT.json ...            tables on standard output
    scripts/performance_table.py RESULT.json --into docs/performance.md

With --into, what is between the marks `<!-- measured -->` and `<!-- end of measured -->` is replaced. A step that failed is a
line under the tables, never a row. Files that differ between two runs on one device are a line too, and exit code 1. Standard library
alone.
"""
import argparse
import json
import pathlib
import sys

BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


def digits(x, unit=1.0):
    """Three digits, as the program shows them."""
    x /= unit
    for least, decimals in ((99.95, 0), (9.995, 1), (0.9995, 2)):
        if abs(x) >= least:
            return f"{x:.{decimals}f}"
    return f"{x:.3f}"


def percent(share):
    return "" if share is None else f"{digits(100 * share)} %"


def table(header, rows, n_text=1):
    lines = ["| " + " | ".join(header) + " |"]
    lines.append("|" + "|".join("---" if i < n_text else "--:" for i in range(len(header))) + "|")
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines)


def write(text, document, begin, end):
    """Puts `text` between the marks of a document, or on standard output where there is none."""
    if document is None:
        print(text)
        return
    old = document.read_text()
    if begin not in old or end not in old:
        sys.exit(f"{document} has no {begin} ... {end}")
    before, after = old.split(begin)[0], old.split(end)[1]
    document.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def engine_name(engine):
    name = engine["engine"]
    if engine["kind"] == "software":
        name = name.split(" (")[0] + " (software adapter: says nothing about cards)"
    return name.split(" (")[0] if engine["kind"] == "gpu" else name


def phases(bench):
    """Host to host and its parts, of every engine of one chain."""
    rows = []
    for engine in bench["engines"]:
        for phase in engine["phases"]:
            rows.append([
                engine_name(engine), phase["phase"], digits(phase["pixels_per_s"], 1e6), digits(phase["bytes_per_pixel"]),
                digits(phase["bytes_per_s"], 1e9), percent(phase["share_of_copy"]), percent(phase["share_of_bus"]),
                percent(phase["share_of_disk"])])
    return table(["engine", "phase", "Mpixel/s", "B/pixel", "GB/s", "of copy", "of bus", "of disk"], rows, 2)


def kernels(bench):
    """Every kernel, its stages together, with the CPU beside each adapter."""
    header = ["kernel", "stages"]
    for engine in bench["engines"]:
        header += [f"{engine_name(engine)}: Mpixel/s", "GB/s", "of copy"]
    names = list(dict.fromkeys(k["kernel"] for e in bench["engines"] for k in e["kernels"]))
    rows = []
    for name in names:
        row = [f"`{name}`", ""]
        for engine in bench["engines"]:
            stages = [k for k in engine["kernels"] if k["kernel"] == name]
            times, seconds = sum(k["times"] for k in stages), sum(k["s_per_pixel"] for k in stages)
            if not stages or seconds <= 0:
                row += ["", "", ""]
                continue
            row[1] = str(times)
            rate = sum(k["bytes_per_pixel"] for k in stages) / seconds
            row += [digits(times / seconds, 1e6), digits(rate, 1e9), percent(rate / engine["copy_bytes_per_s"])]
        rows.append(row)
    return table(header, rows)


def title(bench):
    host, work = bench["host"], bench["work"]
    text = (f"Chain `{work['chain']}`, {work['climate']} climate, {work['years']} years, {work['stages']} stages, "
            f"{work['input_bytes']} B in and {work['returned_bytes']} B out a pixel; {host['cpu'] or host['system']}, "
            f"{host['threads']} threads, memory copied at {digits(host['copy_bytes_per_s'], 1e9)} GB/s")
    if host["disk"]:
        text += (f", disk {digits(host['disk']['write_bytes_per_s'], 1e9)} GB/s written, "
                 f"{digits(host['disk']['read_bytes_per_s'], 1e9)} GB/s read back")
    tiles = ", ".join(f"{e['pixels']} pixels on {engine_name(e).split(' (')[0]}" for e in bench["engines"])
    return f"{text}; tiles of {tiles}."


def failures(bench):
    return [f"Not measured: {failed['what']}: {failed['reason']}" for failed in bench["failed"]]


def of_bench(bench, with_kernels=True):
    parts = [title(bench), phases(bench)]
    if with_kernels:
        parts.append(kernels(bench))
    return parts + failures(bench)


def of_files(steps):
    """Runs from files to files, with the hash of what each left."""
    rows = []
    for step in steps:
        name = step["step"]
        if not name.startswith("files, ") or "result" not in step:
            continue
        run = step["result"]
        hashes = [s["result"]["sha256"] for s in steps if s["step"] == f"hash of {name}"]
        seconds = step["seconds"]
        rows.append([name, run["device"], digits(run["pixels"], 1e6), digits(seconds), digits(run["pixels"] / seconds, 1e6),
                     digits(run["seconds"]["read"]), digits(run["seconds"]["compute"]), digits(run["seconds"]["write"]),
                     digits((run["peak_memory_bytes"] or 0), 1e9), f"`{hashes[0][:12]}`" if hashes else ""])
    header = ["run", "device", "Mpixel", "seconds", "Mpixel/s", "read s", "compute s", "write s", "peak GB", "sha256 of outputs"]
    return table(header, rows, 2) if rows else ""


def of_hashes(steps):
    """Whether each repeated run left the files of the first on its device: a line for each, and whether all did."""
    hashes = {step["step"].removeprefix("hash of "): step["result"]["sha256"]
              for step in steps if step["step"].startswith("hash of ")}
    lines, are_equal = [], True
    for name, left in hashes.items():
        first, again, _ = name.partition(", again")
        if not again:
            continue
        if first not in hashes:
            lines.append(f"`{name}` has no first run to compare its files with.")
        elif hashes[first] == left:
            lines.append(f"`{name}` left the bytes of `{first}`.")
        else:
            are_equal = False
            lines.append(f"**`{name}` left OTHER BYTES than `{first}`.**")
    return lines, are_equal


def of_validation(result):
    lines = []
    for adapter in result["adapters"]:
        all_rows = adapter["stages"] + adapter["end_to_end"]
        worst = max(all_rows, key=lambda row: row["worst_share"])
        failed = [row["layer"] for row in all_rows if row["worst_share"] > 1]
        verdict = f"DIFFERS in {', '.join(failed)}" if failed else "agrees"
        lines.append(f"`doline validate --synthetic` on {adapter['adapter']}: {verdict}; the layer nearest to its tolerance is "
                     f"{worst['layer']}, at {digits(worst['worst_share'])} of it.")
    return lines


def of_device(record):
    steps = record["steps"]
    commit = f" ({record['commit']})" if record.get("commit") else ""
    parts = [f"{record['date'][:10]}, {record['doline']}{commit}, {record['system']}, {record['cpus']} cores: "
             "`benches/on_device.sh`"]
    for step in steps:
        result = step.get("result")
        if result is None:
            continue
        if step["step"] == "devices":
            parts.append(f"`auto` takes {result['auto']}: {result['reason']}.")
        elif step["step"].startswith("bench "):
            parts += of_bench(result, with_kernels=step["step"] == "bench whole")
        elif step["step"] == "validate":
            parts += of_validation(result)
    files = of_files(steps)
    if files:
        parts.append(f"From files to files, a synthetic study of {record['side']} x {record['side']} pixels:")
        parts.append(files)
        parts += of_hashes(steps)[0]
    for step in steps:
        if step["status"] != 0:
            why = "it had no time left" if step["status"] == -1 else f"exit code {step['status']}"
            parts.append(f"Step `{step['step']}` failed, {why}: {step.get('message', '')}")
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+", type=pathlib.Path)
    parser.add_argument("--into", type=pathlib.Path, help="the document whose marked part is replaced")
    args = parser.parse_args()
    parts, differing = [], []
    for path in args.results:
        record = json.loads(path.read_text())
        if not of_hashes(record.get("steps", []))[1]:
            differing.append(str(path))
        parts += of_device(record) if "steps" in record else of_bench(record)
    text = "\n\n".join(part for part in parts if part)
    write(text, args.into, BEGIN, END)
    if differing:
        sys.exit(f"two runs on one device left other bytes: {', '.join(differing)}")


if __name__ == "__main__":
    main()
