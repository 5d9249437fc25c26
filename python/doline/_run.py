"""Runs of a study by the command, on this machine or in parts on the workers of a cluster."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: The variable that names the command where it is not on the path.
COMMAND = "DOLINE_COMMAND"
#: Tries of a part whose worker was lost.
RETRIES = 3
#: prctl: the signal that this process gets when its parent ends.
PR_SET_PDEATHSIG = 1


class CommandError(RuntimeError):
    """The command failed; `code` is its exit code, `text` what it wrote to standard error."""

    def __init__(self, arguments: Sequence[str], code: int, text: str) -> None:
        super().__init__(arguments, code, text)
        self.arguments, self.code, self.text = list(arguments), code, text

    def __str__(self) -> str:
        return f"`{' '.join(self.arguments)}` ended with exit code {self.code}:\n{self.text.strip()}"


def run(
    study: str | os.PathLike[str],
    *,
    out: str | os.PathLike[str],
    client: Any = None,
    parts: int | None = None,
    options: Sequence[str] = (),
) -> Path:
    """Run a study file by the command `doline`, and give the folder of its results.

    Parameters
    ----------
    study : path
        The study file.
    out : path
        The folder of the results.
    client : distributed.Client
        Where the parts are computed; the workers share the folders of inputs and results with this process, and have the
        command. Without one the command runs here.
    parts : int
        Parts of a run on a cluster; by default those of a run that was begun in `out`, else four for each worker. A part whose
        worker is lost is computed again.
    options : sequence of str
        ``--device`` and ``--set`` of `doline run`, such as ``["--device", "cpu"]``; in parts they are those of `doline split`.

    Raises
    ------
    FileNotFoundError
        The command is neither on the path nor named by ``DOLINE_COMMAND``.
    CommandError
        The command failed.
    """
    study, out = Path(study).absolute(), Path(out).absolute()
    if client is None:
        if parts is not None:
            raise TypeError("parts are for a cluster: give its client too")
        _command(["run", str(study), "-o", str(out), *options])
        return out
    # Workers come and go, and a run that goes on keeps its parts. `scheduler_info` leaves workers out in some versions.
    n = parts if parts is not None else _planned(out) or 4 * max(1, len(client.nthreads()))
    if n < 1:
        raise ValueError("parts must be 1 or more")
    # What the options change is in the plan, which all parts and the join follow.
    _command(["split", str(study), "--parts", str(n), "-o", str(out), *options])
    # Not pure: a part that was computed is found by the command in its folder, and not by the scheduler under its name.
    tasks = client.map(
        _part, range(n), study=str(study), out=str(out), n=n, retries=RETRIES, pure=False
    )
    try:
        client.gather(tasks)
    except BaseException:
        client.cancel(tasks)
        raise
    _command(["join", str(study), "-o", str(out)])
    return out


def _planned(out: Path) -> int | None:
    """How many parts a run has that was begun in this folder; None where there is none, or where `doline split` refuses it."""
    try:
        parts = json.loads((out / ".parts" / "plan.json").read_bytes())["parts"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return parts if isinstance(parts, int) and parts > 0 else None


def _part(i: int, study: str, out: str, n: int) -> None:
    _command(["run", study, "-o", out, "--part", f"{i}/{n}"])


def _command(arguments: Sequence[str]) -> None:
    """Runs the command to its end; it ends when this process does, however that ends."""
    command = [_executable(), *arguments]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        preexec_fn=_end_with_parent(),
    )
    try:
        _, text = process.communicate()
    except BaseException:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        raise
    if process.returncode != 0:
        raise CommandError(command, process.returncode, text)


def _executable() -> str:
    name = os.environ.get(COMMAND) or "doline"
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(
            f"the command {name!r} was not found: `cargo install doline`, or name it by the environment variable {COMMAND}"
        )
    return found


def _end_with_parent() -> Any:
    """What a child does before it becomes the command. Linux alone can end it with its parent."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def before() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return before
