"""Golden cases of the Mann-Kendall family and the other tests of trend; `make_golden.py` runs them.

Every statistic is computed from its definition in fractions or in 50 digits and held against at least one other
implementation: scipy.stats, pymannkendall, statsmodels, R (trend, modifiedmk) by published values, or a brute force over
all orders.
"""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pymannkendall
import scipy.stats


# ---------------------------------------------------------------------------------------------------------- Mann-Kendall


def orders_with_inversions(n):
    """How many orders of n values have 0, 1, ... inversions (Mahonian numbers), as whole numbers."""
    counts = [1]
    for k in range(2, n + 1):
        wider = [0] * (len(counts) + k - 1)
        for i, c in enumerate(counts):
            for j in range(k):
                wider[i + j] += c
        counts = wider
    return counts


def exact_p(n, s):
    """P(|S| >= |s|) of n values without ties, all orders equally likely."""
    counts, most = orders_with_inversions(n), n * (n - 1) // 2
    p = Fraction(sum(c for k, c in enumerate(counts) if abs(most - 2 * k) >= abs(s)), math.factorial(n))
    if n <= 7:  # all orders, one by one
        far = sum(abs(sum((b > a) - (b < a) for a, b in itertools.combinations(o, 2))) >= abs(s) for o in itertools.permutations(range(n)))
        assert Fraction(far, math.factorial(n)) == p, "all orders"
    return p


def score_of(v):
    """S and Var of the values that are there, in fractions."""
    n = len(v)
    s = sum((b > a) - (b < a) for a, b in itertools.combinations(v, 2))
    ties = [v.count(u) for u in set(v)]
    var = Fraction(n * (n - 1) * (2 * n + 5) - sum(u * (u - 1) * (2 * u + 5) for u in ties), 18)
    return s, var, ties


def z_of(s, var):
    """Z with continuity; var a fraction or an mpf."""
    if s == 0:
        return mp.mpf(0)
    var = mp.mpf(var.numerator) / var.denominator if isinstance(var, Fraction) else var
    return (s - (1 if s > 0 else -1)) / mp.sqrt(var)


def mann_kendall_of(y, min_years, agree):
    v = [Fraction(x) for x in y if x is not None]
    n = len(v)
    if n < max(min_years, 3):
        return {"s": None, "z": None, "p": None, "tau": None}
    s, var, ties = score_of(v)
    z = z_of(s, var)
    normal = mp.erfc(abs(z) / mp.sqrt(2))
    n0, n2 = n * (n - 1) // 2, sum(u * (u - 1) // 2 for u in ties)
    tau = None if n0 == n2 else s / mp.sqrt(mp.mpf(n0) * (n0 - n2))
    b = np.array([float(x) for x in v])
    t = np.arange(n)
    if tau is not None:
        theirs = scipy.stats.kendalltau(t, b)
        agree(tau, theirs.statistic, 1e-12, "scipy tau-b", 1e-15)
        other = pymannkendall.original_test(b)
        agree([s, z, normal], [other.s, other.z, other.p], 1e-9, "pymannkendall", 1e-15)
    p = normal
    if n <= 10 and n2 == 0:
        p = mp.mpf(exact_p(n, s).numerator) / exact_p(n, s).denominator
        agree(p, scipy.stats.kendalltau(t, b, method="exact").pvalue, 1e-12, "scipy exact p")
    return {"s": s, "z": z, "p": p, "tau": tau}


AR20 = [10.2, 10.9, 11.8, 11.1, 10.4, 10.0, 10.7, 11.9, 12.8, 12.5, 11.7, 11.0, 11.6, 12.6, 13.5, 13.1, 12.4, 12.0, 12.9, 13.9]
TIES12 = [5.0, 5.0, 6.0, 7.0, 7.0, 7.0, 8.0, 9.0, 9.0, 10.0, 11.0, 11.0]


def series_cases(h, seed):
    """Name, series and min_years of series that hurt a test of trend."""
    rng = np.random.default_rng(seed)
    steps = np.arange(20)
    yield "series20.NEP", h.NEP20, 15
    yield "autocorrelated", AR20, 15
    yield "ties", TIES12, 4
    yield "S = 0 with ties", [3.0, 1.0, 2.0, 2.0, 1.0, 3.0], 4
    yield "constant", [4.0] * 20, 4
    yield "constant 0.1, four years", [0.1] * 4, 4
    yield "NEP with gaps", h.gaps(h.NEP20, h.GAPS20), 15
    yield "two values", [float(v) for v in rng.integers(0, 2, 20)], 15
    yield "two values in turn", [1.0, 2.0] * 10, 15
    yield "one value differs", [7.0] * 19 + [8.0], 15
    for i, (n, slope) in enumerate([(20, 0.0), (20, 0.2), (20, -0.3), (12, 0.1), (33, 0.05), (65, -0.02), (10, 0.3), (9, 0.0)]):
        y = rng.integers(0, 8, n) + (np.arange(n) * slope).round()
        yield f"tied and gappy {i}", h.gaps([float(v) for v in y], rng.choice(n, n // 6, replace=False).tolist()), 3 * n // 4
    for n in (4, 5, 6, 7, 8, 9, 10, 11):
        yield f"{n} years", h.draw(rng.normal(size=n) + 0.3 * np.arange(n)), 4
    yield "10 of 12 years", h.gaps(h.draw(rng.normal(size=12)), [0, 7]), 9
    yield "no ties", h.draw(400 + 2 * steps + 10 * rng.normal(size=20), 3), 15
    yield "offset 1e4, spread 0.05", h.draw(1e4 + 0.05 * rng.normal(size=20), 4), 15
    yield "1e12", h.draw(1e12 * (1 + 0.01 * steps + 0.05 * rng.normal(size=20)), 0), 15
    yield "1e-12", h.draw(1e-12 * (1 + 0.01 * steps + 0.05 * rng.normal(size=20)), 20), 15
    yield "1e30", h.draw(1e30 * rng.normal(size=20), 0), 15
    yield "1e-30", h.draw(1e-30 * rng.normal(size=20), 36), 15
    yield "rising line", [100.0 + i for i in range(20)], 15
    yield "falling line", [100.0 - i for i in range(20)], 15
    yield "exactly min_years", h.gaps(h.draw(rng.normal(size=20)), [0, 1, 2, 3, 19]), 15
    yield "one below min_years", h.gaps(h.draw(rng.normal(size=20)), [0, 1, 2, 3, 4, 19]), 15
    yield "one value", [None] * 9 + [5.0] + [None] * 10, 4
    yield "all missing", [None] * 20, 15
    yield "65 years, strong", h.draw(np.arange(65) + rng.normal(size=65)), 48


def mann_kendall(h):
    """Cases of the kernel; `h` is the module with the helpers."""
    worked = {
        "series20.NEP": ("mk_sen", {"s": 170, "z": 5.4830840342197735, "p": 4.1797434665819426e-08, "tau": 0.8947368421052632}),
        "ties": ("mk_ties", {"s": 60, "z": 4.110724784320544, "p": 3.944190958715079e-05, "tau": 0.9534625892455922}),
        "S = 0 with ties": ("mk_zero", {"s": 0, "z": 0.0, "p": 1.0, "tau": 0.0}),
        "constant": ("mk_zero", {"s": 0, "z": 0.0, "p": 1.0}),
        "NEP with gaps": ("mk_gaps", {"s": 110, "z": 4.9074543409091556, "p": 9.22661257427865e-07, "tau": 0.9166666666666666}),
        "autocorrelated": ("mk_variants_ar", {"s": 104, "z": 3.3417612752937083, "p": 0.0008324862576863772}),
    }
    cases = []
    for name, y, min_years in series_cases(h, 301):
        more = {}
        if name in worked:
            id_, numbers = worked[name]
            exact = mann_kendall_of(y, min_years, h.agree)
            for key, value in numbers.items():
                h.agree(exact[key], value, 1e-9, f"{id_} {key}")
            more = {"worked": {"id": id_, **numbers}}
        y = h.f32(y)
        cases.append(h.case(name, "definition in fractions; scipy.stats.kendalltau (tau-b, exact p), pymannkendall.original_test",
                            {"min_years": min_years}, {"y": y}, mann_kendall_of(y, min_years, h.agree), **more))
    h.write("mann_kendall", cases)


KERNELS = [mann_kendall]
