"""A run in parts: how many there are when it goes on, and what SLURM is asked for."""

import json
import os
import subprocess

import pytest
from conftest import ROOT

import doline

#: Writes its arguments into the file that LOG names.
STAND_IN = '#!/bin/sh\necho "$(basename "$0") $*" >>"$LOG"\n'


@pytest.fixture
def log(tmp_path, monkeypatch):
    """What stand-ins of the command and of sbatch were called with, read by calling it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name, answer in (("doline", ""), ("sbatch", 'echo "$(grep -c ^sbatch "$LOG")1;north"\n')):
        (folder / name).write_text(STAND_IN + answer, encoding="utf-8")
        (folder / name).chmod(0o755)
    file = tmp_path / "log"
    monkeypatch.setenv("LOG", str(file))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DOLINE_COMMAND", "doline")
    return lambda: file.read_text(encoding="utf-8").splitlines()


class StandInClient:
    """Computes at once; `scheduler_info` knows of five workers at most, as that of some versions does."""

    def __init__(self, n_workers):
        self.n_workers = n_workers

    def nthreads(self):
        return {f"tcp://{number}": 1 for number in range(self.n_workers)}

    def scheduler_info(self, n_workers=5):
        return {"workers": dict.fromkeys(range(min(n_workers, self.n_workers)))}

    def map(self, function, numbers, *, retries, pure, **options):
        return [function(number, **options) for number in numbers]

    def gather(self, tasks):
        return tasks


def parts_of(lines):
    [split] = [line.split() for line in lines if line.startswith("doline split")]
    return int(split[split.index("--parts") + 1]), sum("--part " in line for line in lines)


@pytest.mark.parametrize("n_workers", [0, 1, 7])
def test_parts_follow_all_workers(log, tmp_path, n_workers):
    doline.run("study.toml", out=tmp_path / "out", client=StandInClient(n_workers))
    n = 4 * max(1, n_workers)
    assert parts_of(log()) == (n, n)


def test_a_run_goes_on_with_the_parts_that_it_has(log, tmp_path):
    plan = tmp_path / "out" / ".parts" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text(json.dumps({"parts": 3, "device": "cpu"}), encoding="utf-8")
    doline.run("study.toml", out=tmp_path / "out", client=StandInClient(2))
    assert parts_of(log()) == (3, 3)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parts": "many"}', '{"parts": 0}'])
def test_a_plan_that_is_none_is_left_to_the_command(log, tmp_path, text):
    plan = tmp_path / "out" / ".parts" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text(text, encoding="utf-8")
    doline.run("study.toml", out=tmp_path / "out", client=StandInClient(2))
    assert parts_of(log()) == (8, 8)


def test_stated_parts_are_those_that_the_command_gets(log, tmp_path):
    plan = tmp_path / "out" / ".parts" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text('{"parts": 3}', encoding="utf-8")
    doline.run("study.toml", out=tmp_path / "out", client=StandInClient(2), parts=5)
    assert parts_of(log())[0] == 5


def test_slurm_is_asked_for_an_array_and_a_join_that_ends_with_it(log):
    submit = ROOT / "scripts" / "slurm" / "submit.sh"
    done = subprocess.run(
        ["sh", submit, "study.toml", "out", "6", "--mem=4G"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    split, array, join = log()
    assert split == "doline split study.toml --parts 6 -o out"
    assert array.split()[1:-1] == ["--parsable", "--array=0-5", "--mem=4G"] and array.endswith("part.sbatch")
    assert "--dependency=afterok:11 --kill-on-invalid-dep=yes" in join and join.endswith("join.sbatch")
    assert "parts: job 11; join: job 21;" in done.stdout
