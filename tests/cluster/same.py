#!/usr/bin/env python3
"""Compares the files of two runs byte by byte, but for what is of the moment. Ends with 1 if any differs.

    tests/cluster/same.py plain parted
"""

import hashlib
import json
import pathlib
import sys

# What may differ between a run and the same run in parts: times, memory, the words of the command, and who computed.
OF_THE_MOMENT = [
    "command", "device", "output_dir", "parts", "parts_of", "peak_memory_bytes", "readers", "seconds", "threads", "working_dir",
]


def contents(folder):
    """The hash of every file, by its name."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
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


def different(one, other):
    """The names of the files that differ or are in one alone."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def main():
    one, other = (contents(folder) for folder in sys.argv[1:3])
    names = different(one, other)
    print(f"{len(names)} of {len(one)} files differ" + "".join(f"\n  {name}" for name in names))
    sys.exit(1 if names or not one else 0)


if __name__ == "__main__":
    main()
