"""What a process does around a computation: narrow numbers, fork, stop, use several threads."""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import doline
from doline import _doline

#: Seconds after which something hangs.
WATCHDOG = 120


def test_double_precision_is_not_lost_in_the_level():
    rng = np.random.default_rng(1)
    departures = np.round(rng.normal(0, 1, (20, 2000)), 3)
    values = 300 + 1e-4 * departures
    pairs = [(i, j) for i in range(20) for j in range(i + 1, 20)]
    expected = sum(np.sign(values[j] - values[i]) for i, j in pairs)
    assert_array_equal(doline.mann_kendall(values).s, expected)
    narrowed = doline.mann_kendall(values.astype("f4")).s
    assert (narrowed != expected).mean() > 0.5, "the case is no trap any more"
    years = np.arange(20) - 9.5
    slope = (years[:, None] * (values - values.mean(axis=0))).sum(axis=0) / (years**2).sum()
    np.testing.assert_allclose(doline.ols(values).slope, slope, rtol=1e-4, atol=1e-10)


def _slope_in_child(queue):
    try:
        queue.put(doline.ols(np.arange(20.0)).slope.item())
    except Exception as error:  # noqa: BLE001
        queue.put(error)


def _gpu_in_child(queue):
    try:
        queue.put(doline.ols(np.arange(20.0), device="gpu").slope.item())
    except Exception as error:  # noqa: BLE001
        queue.put(error)


@pytest.mark.skipif(sys.platform == "win32", reason="no fork there")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_process_computes_with_threads_of_its_own():
    values = np.random.default_rng(2).normal(size=(20, 4000))
    doline.ols(values)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_slope_in_child, args=(queue,))
    child.start()
    assert queue.get(timeout=WATCHDOG) == 1.0
    child.join(WATCHDOG)
    assert child.exitcode == 0
    child = context.Process(target=_gpu_in_child, args=(queue,))
    child.start()
    error = queue.get(timeout=WATCHDOG)
    child.join(WATCHDOG)
    assert isinstance(error, RuntimeError) and "forkserver" in str(error)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT there")
def test_ctrl_c_stops_a_computation():
    # Minutes of work in one call.
    script = """
import numpy as np, doline
values = np.random.default_rng(1).normal(size=(200, 120_000)).astype("f4")
print("begins", flush=True)
try:
    for _ in range(1000):
        doline.theil_sen(values)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout.readline() == "begins\n"
        try:
            child.wait(1)
        except subprocess.TimeoutExpired:
            pass
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=WATCHDOG)[0] == "stopped\n"
    finally:
        child.kill()


def test_other_threads_go_on_meanwhile():
    values = np.random.default_rng(1).normal(size=(60, 60_000)).astype("f4")
    ticks, is_over = [], threading.Event()

    def tick():
        while not is_over.wait(0.001):
            ticks.append(1)

    other = threading.Thread(target=tick)
    other.start()
    before = len(ticks)
    doline.theil_sen(values)
    during = len(ticks) - before
    is_over.set()
    other.join()
    assert during > 20


def test_threads_at_once_give_the_same(series):
    expected = doline.theil_sen(series).slope
    found = []
    threads = [threading.Thread(target=lambda: found.append(doline.theil_sen(series).slope)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    for slope in found:
        assert_array_equal(slope, expected)


def test_the_number_of_threads_changes_no_bit(series):
    before = doline.threads()
    try:
        expected = doline.theil_sen(series)
        for n in (1, 3):
            doline.set_options(threads=n)
            assert doline.threads() == n
            for one, other in zip(doline.theil_sen(series), expected):
                assert_array_equal(one, other)
    finally:
        doline.set_options(threads=before)
    with pytest.raises(ValueError, match="1 or more"):
        doline.set_options(threads=0)


def test_a_gpu_agrees_with_the_cpu_and_stays_open(series):
    values = series[:, :2000]
    doline.set_options()
    expected, ranks = doline.ols(values, device="cpu"), doline.mann_kendall(values, device="cpu")
    assert _doline.open_engines() == 0, "the CPU costs nothing to open"
    for _ in range(2):
        found = doline.ols(values, device="gpu")
        assert _doline.open_engines() == 1
    np.testing.assert_allclose(found.slope, expected.slope, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found.p, expected.p, atol=1e-5)
    assert_array_equal(found.class_, expected.class_)
    assert_array_equal(doline.mann_kendall(values, device="gpu").s, ranks.s)


def _in_new_process(script, **environment):
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=WATCHDOG,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_environment_names_the_device_and_numpy_is_enough():
    script = """
import sys
sys.modules["xarray"] = None  # as if it were not installed
import numpy as np, doline
print(doline.device())
print(doline.ols(np.arange(20.0)).slope)
try:
    doline.trend(None)
except ImportError as error:
    print(error)
try:
    doline.ols(np.arange(20.0), device="no such card")
except RuntimeError as error:
    print("no GPU" in str(error), "--device" in str(error), 'pass device="cpu"' in str(error))
"""
    lines = _in_new_process(script, DOLINE_DEVICE="cpu").splitlines()
    assert lines == ["cpu", "1.0", 'xarray is missing: pip install "doline[xarray]"', "True False True"]
