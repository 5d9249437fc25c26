"""Golden cases of the Theil-Sen slope; `make_golden.py` runs them.

The median, the ranks of the interval and the intercept in fractions and 50 digits, checked against scipy.stats.theilslopes
and pymannkendall.sens_slope.
"""

import itertools
from fractions import Fraction

import mpmath as mp
import numpy as np
import pymannkendall
import scipy.stats
from golden_trends import score_of, series_cases


def median(values):
    ordered = sorted(values)
    n = len(ordered)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def theil_sen_of(y, min_years, alpha, agree):
    years = [(i, Fraction(v)) for i, v in enumerate(y) if v is not None]
    n = len(years)
    if n < max(min_years, 3):
        return {"slope": None, "low": None, "high": None, "intercept": None}
    slopes = sorted((b - a) / (s - t) for (t, a), (s, b) in itertools.combinations(years, 2))
    _, var, _ = score_of([v for _, v in years])
    pairs = len(slopes)
    z = mp.sqrt(2) * mp.erfinv(1 - mp.mpf(alpha))
    spread = z * mp.sqrt(mp.mpf(var.numerator) / var.denominator)
    for rank in ((pairs - spread) / 2, (pairs + spread) / 2):
        assert abs(rank - mp.floor(rank) - mp.mpf("0.5")) > 1e-6, "a rank between two"
    low = max(int(mp.nint((pairs - spread) / 2)) - 1, 0)
    high = min(int(mp.nint((pairs + spread) / 2)), pairs - 1)
    slope = median(slopes)
    intercept = median([v for _, v in years]) - slope * median([Fraction(t) for t, _ in years])
    out = {"slope": slope, "low": slopes[low], "high": slopes[high], "intercept": intercept}
    out = {key: mp.mpf(v.numerator) / v.denominator for key, v in out.items()}

    t, b = np.array([float(i) for i, _ in years]), np.array([float(v) for _, v in years])
    size = float(np.abs(b).max()) or 1.0
    theirs = scipy.stats.theilslopes(b / size, t, 1 - alpha)
    for key, value in zip(("slope", "intercept", "low", "high"), theirs):
        if float(var) > 0 or key in ("slope", "intercept"):
            agree(out[key], value * size, 1e-9, f"scipy {key}", 1e-12 * size * n)
    if n == len(y):  # its slope takes the places for the years
        agree(out["slope"], pymannkendall.sens_slope(b).slope, 1e-9, "pymannkendall slope", 1e-12 * size)
        agree(out["intercept"], pymannkendall.sens_slope(b).intercept, 1e-9, "pymannkendall intercept", 1e-12 * size * n)
    return out


def theil_sen(h):
    """Cases of the kernel; `h` is the module with the helpers."""
    worked = {
        "series20.NEP": ("mk_sen", {"slope": 4.170300751879701, "intercept": 357.13214285714287, "low": 3.7, "high": 4.699999999999989}),
        "ties": ("mk_ties", {"slope": 0.5714285714285714}),
        "NEP with gaps": ("mk_gaps", {"slope": 4.003174603174605}),
        "autocorrelated": ("mk_variants_ar", {"slope": 0.15}),
    }
    cases = []

    def add(name, y, min_years, alpha=0.05, **more):
        y = h.f32(y)
        cases.append(h.case(name, "definition in fractions; scipy.stats.theilslopes, pymannkendall.sens_slope",
                            {"min_years": min_years, "alpha": alpha}, {"y": y}, theil_sen_of(y, min_years, alpha, h.agree), **more))

    for name, y, min_years in series_cases(h, 302):
        more = {}
        if name in worked:
            id_, numbers = worked[name]
            exact = theil_sen_of(y, min_years, 0.05, h.agree)
            for key, value in numbers.items():
                h.agree(exact[key], value, 1e-9, f"{id_} {key}")
            more = {"worked": {"id": id_, **numbers}}
        add(name, y, min_years, **more)
    for i, alpha in enumerate([0.01, 0.1, 0.32]):
        add(f"level {1 - alpha:.0%}", h.gaps(h.NEP20, h.GAPS20[:i]), 15, alpha)
    for at, n, slope in [(0, 5, 1.9125), (5, 6, 6.18), (11, 5, 5.095833333333344), (16, 4, 4.691666666666672)]:
        h.agree(theil_sen_of(h.NEP20[at:at + n], 3, 0.05, h.agree)["slope"], slope, 1e-9, "stage_slopes")
        add(f"stage_slopes {2001 + at}", h.NEP20[at:at + n], 3, worked={"id": "stage_slopes", "slope": slope})
    h.write("theil_sen", cases)


KERNELS = [theil_sen]
