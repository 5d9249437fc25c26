"""Examples run, types hold, the notebook gives what it shows."""

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys

import numpy as np
import pytest
from conftest import ROOT

import doline

MODULES = [f"doline.{module.name}" for module in pkgutil.iter_modules(doline.__path__) if module.name != "_doline"]


@pytest.mark.parametrize("name", ["doline", *MODULES])
def test_examples_in_docstrings(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    before = doline.threads()
    try:
        failed = doctest.testmod(module, extraglobs={"doline": doline, "np": np}, optionflags=options).failed
    finally:
        doline.set_options(threads=before)
    assert failed == 0


def test_every_public_function_has_an_example_and_a_page():
    page = (ROOT / "docs" / "guide" / "python.md").read_text(encoding="utf-8")
    for name in doline.__all__:
        thing = getattr(doline, name)
        if callable(thing) and not isinstance(thing, type):
            assert name in page, name
            assert ">>>" in thing.__doc__ or name in ("open", "run"), name


def test_examples_of_the_manual_run(tmp_path, monkeypatch):
    """Each page is one session: its blocks of Python run one after the other."""
    monkeypatch.chdir(tmp_path)
    for page in ("guide/python.md",):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        assert len(blocks) > 3
        session = {}
        for block in blocks:
            exec(compile(block, page, "exec"), session)


def test_types_hold_for_a_strict_reader(tmp_path):
    user = tmp_path / "user.py"
    user.write_text(
        "import numpy as np\nimport xarray as xr\n\nimport doline\n\n"
        "trend = doline.ols(np.zeros((20, 3)), axis=0)\n"
        "slope: np.ndarray = trend.slope\n"
        "s, z, p, tau = doline.mann_kendall(np.zeros((20, 3)))\n"
        "da = xr.DataArray(np.zeros((20, 3)), dims=('year', 'x'))\n"
        "ds: xr.Dataset = doline.trend(da, tests=['ols'])\n"
        "parts: xr.Dataset = doline.attribute(ds, 'a', ['b'])\n"
        "raw: doline.Attribution = doline.attribute(slope, {'t': slope})['raw']\n"
        "doline.set_options(device='cpu')\n",
        encoding="utf-8",
    )
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import doline\n\ndoline.set_options(device=3)\n", encoding="utf-8")
    for file, code in ((user, 0), (wrong, 1)):
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", str(file)], capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout


def test_the_package_itself_is_typed():
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-p", "doline"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_notebook_runs_and_shows_what_it_gives():
    import nbformat
    from nbclient import NotebookClient

    path = ROOT / "python" / "examples" / "trends.ipynb"
    notebook = nbformat.read(path, as_version=4)
    expected = [cell.get("outputs", []) for cell in notebook.cells]
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    texts = lambda outputs: [o.get("text", o.get("data", {}).get("text/plain")) for o in outputs]  # noqa: E731
    for cell, before in zip(notebook.cells, expected):
        assert texts(cell.get("outputs", [])) == texts(before), cell.source
