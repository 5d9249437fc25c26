#!/usr/bin/env python3
"""The Python package beside what people use: numpy by hand, scipy, xarray.polyfit, numba, pymannkendall, in turns in one run.

    python benches/python.py [--side 512] [--turns 5] [--check]

Twenty years of side x side pixels, float32, 2 % gaps. What counts is processor time: the best of some turns, of all threads of
the process. Programs that are too slow for all pixels get the first ones. `--check` ends with exit code 1 where the package
is not 5 times as fast as numpy for least squares, 8 times as fast as numba for Mann-Kendall, or its call of xarray takes more
than 1.3 times that of numpy.

Needs the package built for release, and numpy, scipy, xarray, numba, pymannkendall.
"""
import argparse
import math
import resource
import sys
import time

import numba
import numpy as np
import pymannkendall
import xarray as xr
from scipy import stats

import doline

YEARS = 20


def processor_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def numpy_by_hand(y):
    """Least squares of all pixels at once, gaps left out; slope and p."""
    x = np.arange(YEARS, dtype="f8")
    there = np.isfinite(y)
    n = there.sum(0)
    xx = np.where(there, x[:, None, None], 0)
    yy = np.where(there, y, 0).astype("f8")
    sx, sy = xx.sum(0), yy.sum(0)
    sxx = (xx * xx).sum(0) - sx * sx / n
    sxy = (xx * yy).sum(0) - sx * sy / n
    syy = (yy * yy).sum(0) - sy * sy / n
    r = sxy / np.sqrt(sxx * syy)
    t = r * np.sqrt((n - 2) / (1 - r * r))
    return sxy / sxx, 2 * stats.t.sf(abs(t), n - 2)


@numba.njit(parallel=True)
def numba_mann_kendall(y, s_of, z_of, p_of):
    """S, Z and p of each pixel, with ties and gaps."""
    years, n = y.shape
    for i in numba.prange(n):
        v = np.empty(years)
        c = 0
        for t in range(years):
            if not np.isnan(y[t, i]):
                v[c] = y[t, i]
                c += 1
        s = 0
        for a in range(c):
            for b in range(a + 1, c):
                s += (v[b] > v[a]) - (v[b] < v[a])
        w = np.sort(v[:c])
        var = c * (c - 1) * (2 * c + 5.0)
        q = 0
        while q < c:
            e = q
            while e < c and w[e] == w[q]:
                e += 1
            d = e - q
            var -= d * (d - 1) * (2 * d + 5.0)
            q = e
        var /= 18.0
        z = 0.0
        if s > 0:
            z = (s - 1) / math.sqrt(var)
        elif s < 0:
            z = (s + 1) / math.sqrt(var)
        s_of[i], z_of[i], p_of[i] = s, z, math.erfc(abs(z) / math.sqrt(2.0))


def calls(side):
    """Name, pixels, turns at most, and what is called."""
    rng = np.random.default_rng(1)
    y = (rng.normal(400, 40, (YEARS, side, side)) + 3 * np.arange(YEARS)[:, None, None]).astype("f4")
    y[rng.random(y.shape) < 0.02] = np.nan
    whole = np.where(np.isnan(y), np.float32(400), y)
    n = side * side
    flat = y.reshape(YEARS, n)
    da = xr.DataArray(y, dims=("year", "y", "x"), coords={"year": np.arange(2001, 2001 + YEARS)})
    wide, last = y.astype("f8"), np.ascontiguousarray(np.moveaxis(y, 0, -1))
    out = [np.empty(n) for _ in range(3)]
    few, some = flat[:, :300].astype("f8"), flat[:, :4000].astype("f8")
    x = np.arange(YEARS, dtype="f8")
    numba_mann_kendall(flat[:, :10], *(o[:10] for o in out))
    everything = ["ols"]
    return [
        ("doline.ols", n, 99, lambda: doline.ols(y)),
        ("numpy by hand, p by scipy", n, 5, lambda: numpy_by_hand(y)),
        ("doline.ols of float64", n, 99, lambda: doline.ols(wide)),
        ("doline.ols of [y, x, year]", n, 99, lambda: doline.ols(last, axis=-1)),
        ("doline.trend of xarray, ols", n, 99, lambda: doline.trend(da, tests=everything)),
        ("the same results by numpy arrays", n, 99, lambda: same_by_numpy(y)),
        ("scipy.stats.linregress, gaps left out", 4000, 1, lambda: stats.linregress(
            np.broadcast_to(x[:, None], some.shape), some, axis=0, nan_policy="omit")),
        ("xarray.polyfit, gaps", n, 1, lambda: da.polyfit("year", 1)),
        ("xarray.polyfit, no gaps", n, 2, lambda: da.copy(data=whole).polyfit("year", 1)),
        ("doline.mann_kendall", n, 99, lambda: doline.mann_kendall(y)),
        ("numba, all threads", n, 5, lambda: numba_mann_kendall(flat, *out)),
        ("pymannkendall.original_test", 300, 1, lambda: [pymannkendall.original_test(few[:, i]) for i in range(300)]),
        ("doline.theil_sen", n, 99, lambda: doline.theil_sen(y)),
    ]


def same_by_numpy(y):
    """What `trend(tests=["ols"])` gives, without xarray."""
    from doline import _calls
    from doline._prepare import prepare

    return _calls.trends(prepare(y), ["ols"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=512)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    doline.set_options(device="cpu")
    work = calls(options.side)
    best = {}
    # In turns, so that what else the machine does meets all of them.
    for turn in range(options.turns):
        for name, n, at_most, call in work:
            if turn >= at_most:
                continue
            cpu, wall = processor_s(), time.perf_counter()
            call()
            cpu, wall = processor_s() - cpu, time.perf_counter() - wall
            before = best.get(name, (math.inf, math.inf, n))
            best[name] = (min(cpu, before[0]), min(wall, before[1]), n)
    print(f"{YEARS} x {options.side} x {options.side}, {doline.threads()} threads")
    print("| call | CPU ms | wall ms | Mpixel a CPU second |\n|---|--:|--:|--:|")
    for name, (cpu, wall, n) in best.items():
        of = "" if n == options.side**2 else f" ({n} pixels)"
        print(f"| {name}{of} | {1e3 * cpu:.1f} | {1e3 * wall:.1f} | {n / cpu / 1e6:.4g} |")
    speed = {name: n / cpu for name, (cpu, _, n) in best.items()}
    pairs = [
        ("least squares beside numpy", "doline.ols", "numpy by hand, p by scipy", 5.0),
        ("Mann-Kendall beside numba", "doline.mann_kendall", "numba, all threads", 8.0),
        ("the call of xarray beside that of numpy", "doline.trend of xarray, ols", "the same results by numpy arrays", 1 / 1.3),
    ]
    ratios = [(what, speed[own] / speed[other], least) for what, own, other, least in pairs]
    for what, ratio, least in ratios:
        print(f"{what}: {ratio:.2f} times (at least {least:.2f})")
    if options.check and any(ratio < least for _, ratio, least in ratios):
        sys.exit(1)


if __name__ == "__main__":
    main()
