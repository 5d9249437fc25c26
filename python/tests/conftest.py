"""What several tests need."""

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _on_the_cpu(monkeypatch):
    """Bytes are compared, and a GPU agrees within tolerances alone."""
    monkeypatch.setenv("DOLINE_DEVICE", "cpu")


@pytest.fixture(scope="session")
def series():
    """Twenty years of 10,000 series that rise, fall or do neither, with ties and gaps, `[year, pixel]`."""
    rng = np.random.default_rng(20)
    slopes = rng.normal(0, 0.5, 10_000)
    values = np.round(rng.normal(400, 5, (20, 10_000)) + slopes * np.arange(20)[:, None], 1)
    values[:, ::7] = np.round(values[:, ::7])
    values[rng.random(values.shape) < 0.03] = np.nan
    return values


@pytest.fixture(scope="session")
def command():
    """The command of this repository, as `cargo build` makes it."""
    named = os.environ.get("DOLINE_COMMAND") or str(ROOT / "target" / "debug" / "doline")
    found = shutil.which(named)
    assert found, f"{named} is missing: cargo build --locked"
    return found


@pytest.fixture(scope="session")
def finished_run(command, tmp_path_factory):
    """The sample study, run by the command on the CPU."""
    out = tmp_path_factory.mktemp("sample") / "out"
    study = ROOT / "data-samples" / "guangxi" / "study.toml"
    done = subprocess.run(
        [command, "run", study, "-o", out, "--device", "cpu"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return out
