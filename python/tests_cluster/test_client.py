"""`doline.run(client=)`: a study in parts on a cluster of this machine. It needs the command with `split`, `run --part` and `join`,
which DOLINE_COMMAND names."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import rioxarray as rioxarray
import xarray as xr
from dask.distributed import Client, LocalCluster

import doline

#: Seconds after which something hangs.
WATCHDOG = 600
OPTIONS = ["--device", "cpu"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Eight years of 600 x 300 pixels: six blocks of outputs."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "ndvi").mkdir()
    rng = np.random.default_rng(1)
    for year in range(2001, 2009):
        values = rng.normal(0.5, 0.1, (300, 600)).astype("f4")
        coords = {"y": 30 - 0.01 * np.arange(300), "x": 100 + 0.01 * np.arange(600)}
        array = xr.DataArray(values, coords=coords, dims=("y", "x")).rio.write_crs("EPSG:4326")
        array.rio.write_nodata(np.nan).rio.to_raster(folder / "ndvi" / f"ndvi_{year}.tif")
    study = folder / "study.toml"
    study.write_text(
        '[study]\nname = "parts"\nyears = [2001, 2008]\n[inputs.ndvi]\nfiles = "ndvi/ndvi_{year}.tif"\nunits = "1"\n'
        '[trend]\nof = ["ndvi"]\ntests = ["ols", "sen", "mk"]\n',
        encoding="utf-8",
    )
    return study


@pytest.fixture(scope="module")
def undivided(study, tmp_path_factory):
    return doline.run(study, out=tmp_path_factory.mktemp("undivided") / "out", options=OPTIONS)


def files_of(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in ("run.json", "report.html"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def commands_with(text):
    """Processes of the command whose arguments have this text."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if arguments and b"doline" in arguments[0] and any(text.encode() in one for one in arguments):
            found.append(int(entry.name))
    return found


def test_parts_on_a_cluster_leave_the_files_of_an_undivided_run(study, undivided, tmp_path):
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        out = doline.run(study, out=tmp_path / "out", client=client, parts=3, options=OPTIONS)
    assert files_of(out) == files_of(undivided)


def test_a_part_that_fails_is_an_error_of_the_caller(study, tmp_path):
    broken = study.with_name("broken.toml")
    broken.write_text(study.read_text().replace("ndvi/ndvi_{year}", "no/ndvi_{year}"))
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        pytest.raises(doline.CommandError, match="ndvi"),
    ):
        doline.run(broken, out=tmp_path / "out", client=client, parts=2)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone ends a process with its parent")
def test_the_command_ends_with_its_worker(study, tmp_path):
    """A slow stand-in for the command, so that there is a moment to kill in."""
    stand_in = tmp_path / "doline"
    stand_in.write_text("#!/bin/sh\nexec sleep 300.25\n")
    stand_in.chmod(0o755)
    script = "import doline, sys; doline.run(sys.argv[1], out=sys.argv[2])"
    worker = subprocess.Popen(
        [sys.executable, "-c", script, str(study), str(tmp_path / "out")],
        env={**os.environ, "DOLINE_COMMAND": str(stand_in)},
    )

    def sleeping():
        return [
            entry.name
            for entry in Path("/proc").iterdir()
            if entry.name.isdigit() and _arguments(entry) == [b"sleep", b"300.25", b""]
        ]

    deadline = time.monotonic() + WATCHDOG
    while not sleeping():
        assert time.monotonic() < deadline and worker.poll() is None
        time.sleep(0.1)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    while sleeping():
        assert time.monotonic() < deadline, "the command outlived its worker"
        time.sleep(0.1)


def _arguments(entry):
    try:
        return (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def test_a_killed_worker_costs_its_part_alone(study, undivided, tmp_path):
    out = tmp_path / "killed"
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(doline.run, study, out=out, client=client, parts=4, options=OPTIONS)
            deadline = time.monotonic() + WATCHDOG
            while not [pid for pid in commands_with("--part") if commands_with(str(out))]:
                assert time.monotonic() < deadline and not running.done()
                time.sleep(0.01)
            pid = next(iter(cluster.workers.values())).pid
            os.kill(pid, signal.SIGKILL)
            running.result(timeout=WATCHDOG)
    assert files_of(out) == files_of(undivided)
    assert not commands_with(str(out))
