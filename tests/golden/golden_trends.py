"""Golden cases of the Mann-Kendall family and the other tests of trend; `make_golden.py` runs them.

Every statistic is computed from its definition in fractions or in 50 digits and checked against at least one other
implementation: scipy.stats, pymannkendall, statsmodels, R (trend, modifiedmk) by published values, or a brute force over
all orders.
"""

import itertools
import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pandas as pd
import pymannkendall
import scipy.stats
import statsmodels.api as sm
from statsmodels.tsa.stattools import acf


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

# The series of pyMannKendall's own tests without its gaps (MIT licence, M. M. Hussain Shourov), with the values that its authors
# compared with R's modifiedmk.
SHOUROV = [
    32, 20, 25, 189, 240, 193, 379, 278, 301, 0, 0, 82, 0, 4, 121, 234, 360, 262, 120, 30, 11, 1, 7, 3, 31, 31, 355, 102, 248, 274, 308,
    5, 26, 11, 16, 6, 48, 388, 539, 431, 272, 404, 186, 0, 2, 0, 4, 1, 54, 272, 459, 235, 164, 365, 135, 2, 4, 0, 128, 210, 163, 446,
    225, 462, 467, 19, 13, 0, 3, 17, 132, 178, 338, 525, 623, 145, 31, 19, 3, 0, 29, 25, 87, 259, 756, 486, 180, 292, 43, 92, 1, 0, 16,
    2, 0, 130, 253, 594, 111, 273, 30, 0, 4, 0, 27, 24, 41, 292, 378, 499, 265, 320, 227, 4, 0, 4, 14, 8, 48, 416, 240, 404, 207, 733,
    105, 0, 112, 0, 14, 0, 30, 140, 202, 289, 159, 424, 106, 3, 0, 65, 3, 14, 58, 268, 466, 432, 266, 240, 95, 1, 0, 10, 26, 4, 114, 94,
    289, 173, 208, 263, 156, 5, 0, 16, 16, 14, 0, 111, 475, 534, 432, 471, 117, 70, 1, 3, 28, 7, 401, 184, 283, 338, 171, 335, 176, 0, 0,
    10, 11, 9, 140, 102, 208, 298, 245, 220, 29, 2, 27, 10, 13, 26, 84, 143, 367, 749, 563, 283, 353, 10, 0, 0, 0, 0, 9, 246, 265, 343,
    429, 168, 133, 17, 0, 18, 35, 76, 158, 272, 250, 190, 289, 466, 84, 0, 0, 0, 0, 0, 22, 217, 299, 185, 115, 344, 203, 8, 0, 5, 284,
    123, 254, 476, 496, 326, 27, 20, 0, 4, 53, 72, 113, 214, 364, 219, 220, 156, 264, 0, 13, 0, 0, 45, 90, 137, 638, 529, 261, 206, 251,
    0, 0, 5, 9, 58, 72, 138, 130, 471, 328, 356, 523, 0, 1, 0, 0, 12, 143, 193, 184, 192, 138, 174, 69, 1, 0, 0, 18, 25, 28, 92, 732,
    320, 256, 302, 131, 15, 0, 27, 0, 22, 20, 213, 393, 474, 374, 109, 159, 0, 0, 0, 3, 3, 49, 205, 128, 194, 570, 169, 89, 0, 0, 0, 0,
    0, 26, 185, 286, 92, 225, 244, 190, 3, 20,
]
SHOUROV_PUBLISHED = {"s": -1959, "z": -0.8854562842589916, "p": 0.37591058740506833, "z_prewhitened": -0.09882867695903437, "p_prewhitened": 0.9212742990272651,
                     "z_tfpw": -0.28512735834365455, "p_tfpw": 0.7755465706913385}


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
    y = h.f32(SHOUROV)
    expected = mann_kendall_of(y, 4, h.agree)
    h.agree([expected[k] for k in ("s", "z", "p")], [SHOUROV_PUBLISHED[k] for k in ("s", "z", "p")], 1e-12, "published")
    cases.append(h.case("pyMannKendall's published series", "pyMannKendall and R modifiedmk, as published; definition in fractions", {"min_years": 4}, {"y": y}, expected))
    h.write("mann_kendall", cases)


# ------------------------------------------------------------------------------------------------------ persistence


Z_95 = mp.mpf("1.959963984540054")


def valid(y):
    return [t for t, v in enumerate(y) if v is not None]


def sen_of(y):
    """Theil-Sen slope at the true years, as the float32 of its layer; 0 with fewer than two values."""
    t = valid(y)
    slopes = sorted((Fraction(y[k]) - Fraction(y[j])) / (k - j) for j, k in itertools.combinations(t, 2))
    if not slopes:
        return 0.0
    m = len(slopes)
    slope = slopes[m // 2] if m % 2 else (slopes[m // 2 - 1] + slopes[m // 2]) / 2
    return float(np.float32(float(slope)))


def residuals_of(y, slope):
    """Years, residuals about their mean in 50 digits, and the scale that tolerances are parts of."""
    t = valid(y)
    x = [mp.mpf(y[i]) - mp.mpf(slope) * i for i in t]
    mean = mp.fsum(x) / len(x)
    v = [mp.mpf(y[i]) for i in t]
    scale = (max(v) - min(v)) / 2 + abs(mp.mpf(slope)) * len(y) / 2
    return t, [a - mean for a in x], scale


def on_the_line(x, scale):
    return not scale or mp.fsum(a * a for a in x) <= mp.mpf("1e-12") * len(x) * scale ** 2


def r_of(t, x, lag):
    """Biased autocorrelation, products over calendar years `lag` apart that are both there."""
    at = dict(zip(t, x))
    square = mp.fsum(a * a for a in x)
    return mp.fsum(a * at[i - lag] for i, a in at.items() if i - lag in at) / square if square else mp.mpf(0)


def with_nan(t, x, n_years):
    """The values of some years as an array of all years, NaN in gaps."""
    out = np.full(n_years, np.nan)
    out[t] = [float(a) for a in x]
    return out


def check_r(h, t, x, n_years):
    """statsmodels has the same rule for gaps."""
    theirs = acf(with_nan(t, x, n_years), adjusted=False, nlags=n_years - 1, fft=False, missing="conservative")
    h.agree([r_of(t, x, k) for k in range(1, n_years)], theirs[1:], 1e-7, "statsmodels acf", 1e-9)


def lag1_of(h, y, sen, min_years):
    if len(valid(y)) < max(min_years, 3):
        return None
    t, x, scale = residuals_of(y, sen)
    if on_the_line(x, scale):
        return None
    check_r(h, t, x, len(y))
    return r_of(t, x, 1)


def lag1(h):
    cases = []
    for name, y, min_years in series_cases(h, 302):
        worked = {"series20.NEP": ("mk_variants_nep", -0.17381960907751712), "autocorrelated": ("mk_variants_ar", 0.4505018820577163)}.get(name)
        more = {}
        if worked:
            t, x, _ = residuals_of(y, {"series20.NEP": 4.170300751879701, "autocorrelated": 0.14999999999999997}[name])
            h.agree(r_of(t, x, 1), worked[1], 1e-9, worked[0])
            more = {"worked": {"id": worked[0], "r": worked[1]}}
        y = h.f32(y)
        sen = sen_of(y)
        cases.append(h.case(name, "mpmath 50 digits; statsmodels acf(missing='conservative')", {"min_years": min_years},
                            {"y": y, "sen": [sen]}, {"r": lag1_of(h, y, sen, min_years)}, **more))
    y = h.f32(AR20)
    cases.append(h.case("no slope", "definition", {"min_years": 15}, {"y": y, "sen": [None]}, {"r": None}))
    h.write("lag1", cases)


# ------------------------------------------------------------------------------------------------------ pre-whitening


def test_of(h, w):
    """z and p of Mann-Kendall on the values of a whitened series; p exact for short series without ties."""
    n = len(w)
    if n < 3:
        return {"z": None, "p": None}
    s, var, ties = score_of(w)
    z = z_of(s, var)
    p = mp.erfc(abs(z) / mp.sqrt(2))
    if len(ties) > 1:
        other = pymannkendall.original_test(np.array([float(v) for v in w]))
        h.agree([s, z, p], [other.s, other.z, other.p], 1e-9, "pymannkendall on the whitened series", 1e-15)
    if n <= 10 and len(ties) == n:
        p = mp.mpf(exact_p(n, s).numerator) / exact_p(n, s).denominator
    return {"z": z, "p": p}


def whiten(y, slope, r):
    """x_t - r x_{t-1} + slope t of calendar years t and t - 1 that are both there; pandas shifts the same way."""
    t, x, _ = residuals_of(y, slope)
    at = dict(zip(t, x))
    w = [at[i] - r * at[i - 1] + mp.mpf(slope) * i for i in t if i - 1 in at]
    frame = pd.Series(with_nan(t, x, len(y)))
    theirs = (frame - float(r) * frame.shift(1) + slope * np.arange(len(y))).dropna()
    size = max((abs(v) for v in frame.dropna()), default=1.0) + abs(slope) * len(y)
    assert len(theirs) == len(w) and all(abs(float(a) - b) <= 1e-12 * size for a, b in zip(w, theirs)), "pandas"
    return w


def mk_prewhitened_of(h, y, min_years):
    if len(valid(y)) < max(min_years, 3):
        return {"z": None, "p": None}
    t, x, scale = residuals_of(y, 0.0)
    r = mp.mpf(0) if on_the_line(x, scale) else r_of(t, x, 1)
    if r:
        check_r(h, t, x, len(y))
    return test_of(h, whiten(y, 0.0, r))


def mk_tfpw_of(h, y, sen, min_years, only_if_significant):
    n = len(valid(y))
    if n < max(min_years, 3) or sen is None:
        return {"z": None, "p": None}
    t, x, scale = residuals_of(y, sen)
    r = mp.mpf(0) if on_the_line(x, scale) else r_of(t, x, 1)
    if only_if_significant and abs(r) <= Z_95 / mp.sqrt(n):
        return test_of(h, [Fraction(y[i]) for i in t])
    return test_of(h, whiten(y, sen, r))


def mk_tfpw_in_fractions(y):
    """Nothing rounded: whole numbers have ties after whitening that the rounding of the slope breaks."""
    slopes = sorted((Fraction(b) - Fraction(a)) / (k - j) for (j, a), (k, b) in itertools.combinations(enumerate(y), 2))
    m = len(slopes)
    sen = slopes[m // 2] if m % 2 else (slopes[m // 2 - 1] + slopes[m // 2]) / 2
    x = [Fraction(v) - sen * i for i, v in enumerate(y)]
    mean = sum(x) / len(x)
    x = [a - mean for a in x]
    r = sum(a * b for a, b in zip(x[1:], x)) / sum(a * a for a in x)
    w = [x[i] - r * x[i - 1] + sen * i for i in range(1, len(x))]
    s, var, _ = score_of(w)
    z = z_of(s, var)
    return s, {"z": z, "p": mp.erfc(abs(z) / mp.sqrt(2))}


def without_gaps(y):
    return all(v is not None for v in y)


def mk_prewhitened(h):
    worked = {"series20.NEP": ("mk_variants_nep", 1.9591919999156948, 0.050090305683375004), "autocorrelated": ("mk_variants_ar", 1.8192497142074309, 0.06887334136057353)}
    cases = []
    for name, y, min_years in series_cases(h, 303):
        more = {}
        if name in worked:
            id_, z, p = worked[name]
            exact = mk_prewhitened_of(h, y, min_years)
            h.agree([exact["z"], exact["p"]], [z, p], 1e-9, id_)
            more = {"worked": {"id": id_, "z": z, "p": p}}
        y = h.f32(y)
        expected = mk_prewhitened_of(h, y, min_years)
        if without_gaps(y) and len(set(y)) > 1 and expected["z"] is not None:
            h.agree(expected["z"], pymannkendall.pre_whitening_modification_test(np.array(y)).z, 1e-9, f"pymannkendall {name}", 1e-12)
        cases.append(h.case(name, "mpmath 50 digits; pymannkendall.pre_whitening_modification_test, pandas, statsmodels acf", {"min_years": min_years}, {"y": y}, expected, **more))
    y = h.f32(SHOUROV)
    expected = mk_prewhitened_of(h, y, 4)
    h.agree([expected["z"], expected["p"]], [SHOUROV_PUBLISHED[f"{k}_prewhitened"] for k in "zp"], 1e-9, "published")
    cases.append(h.case("pyMannKendall's published series", "pyMannKendall and R modifiedmk, as published; mpmath 50 digits", {"min_years": 4}, {"y": y}, expected))
    h.write("mk_prewhitened", cases)


def mk_tfpw(h):
    worked = {"series20.NEP": ("mk_variants_nep", 5.317806856914029, 1.0502546640544624e-07), "autocorrelated": ("mk_variants_ar", 3.4285859998524657, 0.0006067342740450891)}
    cases = []
    for name, y, min_years in series_cases(h, 304):
        y32 = h.f32(y)
        sen = sen_of(y32)
        for significant in (False, True):
            more = {}
            if name in worked and not significant:
                id_, z, p = worked[name]
                exact = mk_tfpw_of(h, y, float(pymannkendall.sens_slope(np.array(y)).slope), min_years, False)
                h.agree([exact["z"], exact["p"]], [z, p], 1e-9, id_)
                more = {"worked": {"id": id_, "z": z, "p": p}}
            expected = mk_tfpw_of(h, y32, sen, min_years, significant)
            # On its line a series has nothing to whiten; the packages divide two roundings there.
            straight = len(valid(y32)) > 1 and on_the_line(*residuals_of(y32, sen)[1:])
            if without_gaps(y32) and not significant and not straight and expected["z"] is not None:
                h.agree(expected["z"], pymannkendall.trend_free_pre_whitening_modification_test(np.array(y32)).z, 1e-9, f"pymannkendall {name}", 1e-12)
            cases.append(h.case(f"{name}{', only if significant' if significant else ''}", "mpmath 50 digits; pymannkendall.trend_free_pre_whitening_modification_test, pandas",
                                {"min_years": min_years, "only_if_significant": significant}, {"y": y32, "sen": [sen]}, expected, **more))
    y = h.f32(SHOUROV)
    sen = sen_of(y)
    expected = mk_tfpw_of(h, y, sen, 4, False)
    # Of whole numbers with a slope of -1/155 two pairs are tied, which the published S of -630 counts as rising, since
    # their slope is rounded; S is -632.
    h.agree([expected["z"], expected["p"]], [SHOUROV_PUBLISHED[f"{k}_tfpw"] for k in "zp"], 1e-9, "published")
    s, expected = mk_tfpw_in_fractions(y)
    assert s == -632
    cases.append(h.case("pyMannKendall's published series", "Python's fractions; pyMannKendall and R modifiedmk publish S = -630, two ties broken by rounding", {"min_years": 4, "only_if_significant": False},
                        {"y": y, "sen": [sen]}, expected))
    h.write("mk_tfpw", cases)


# ------------------------------------------------------------------------------------------------- corrected variances


def corrected_of(y, factor):
    s, var, _ = score_of([Fraction(v) for v in y if v is not None])
    if factor <= 0:
        return {"z": None, "p": None}
    z = z_of(s, mp.mpf(var.numerator) / var.denominator * factor)
    return {"z": z, "p": mp.erfc(abs(z) / mp.sqrt(2))}


def hamed_rao_factor(h, y, sen, by_rounding=False):
    """The factor of the variance; `by_rounding` ranks float64 residuals as they come out, as the packages do."""
    t, x, scale = residuals_of(y, sen)
    n = len(x)
    tied = mp.mpf("1e-5") * scale
    if by_rounding:
        x, tied = [y[i] - (i + 1) * sen for i in t], 0
    ranks = [mp.mpf(sum((a - b > tied) - (a - b < -tied) for b in x)) / 2 for a in x]
    close = [abs(a - b) for a, b in itertools.combinations(x, 2)]
    if all(d > tied for d in close):  # no ties by rounding: middle ranks as scipy gives them
        theirs = scipy.stats.rankdata([float(v) for v in x])
        h.agree(ranks, theirs - theirs.mean(), 1e-12, "rankdata", 1e-12)
    total = mp.mpf(0)
    if any(ranks):
        check_r(h, t, ranks, len(y))
        limit = Z_95 / mp.sqrt(n)
        for k in range(1, n):
            rho = r_of(t, ranks, k)
            if abs(rho) > limit:
                total += (n - k) * (n - k - 1) * (n - k - 2) * rho
    return 1 + 2 * total / (n * (n - 1) * (n - 2))


def yue_wang_factor(h, y, sen, all_lags):
    t, x, scale = residuals_of(y, sen)
    n = len(x)
    if on_the_line(x, scale):
        return mp.mpf(1)
    check_r(h, t, x, len(y))
    lags = range(1, n) if all_lags else [1]
    return 1 + 2 * mp.fsum((1 - mp.mpf(k) / n) * r_of(t, x, k) for k in lags)


def mk_hamed_rao(h):
    worked = {"series20.NEP": ("mk_variants_nep", 5.4830840342197735), "autocorrelated": ("mk_variants_ar", 5.411761349733414)}
    cases = []
    for name, y, min_years in series_cases(h, 305):
        for least in (0.0, 1.0):
            more = {}
            if name in worked and least == 0:
                id_, z = worked[name]
                slope = float(pymannkendall.sens_slope(np.array(y)).slope)
                h.agree(corrected_of(y, hamed_rao_factor(h, y, slope, by_rounding=True))["z"], z, 1e-9, id_)
                more = {"worked": {"id": id_, "z": z}}
                if name == "autocorrelated":
                    # Data of one decimal less a slope of 0.15: ten values are tied, float64 finds six of them.
                    ours = corrected_of(y, hamed_rao_factor(h, y, slope))["z"]
                    h.agree(ours, 5.2509075424096086, 1e-9, "with all its ties")
                    more["expected_note"] = ("the published z ranks residuals by the rounding of float64, where most ties are lost; the same series in float32 would give 3.24. "
                                             "With the ties counted it is 5.25")
            y32 = h.f32(y)
            sen = sen_of(y32)
            enough = len(valid(y32)) >= max(min_years, 3)
            factor = hamed_rao_factor(h, y32, sen) if enough else 1
            expected = corrected_of(y32, max(factor, least)) if enough else {"z": None, "p": None}
            # Where residuals are tied but for the rounding of the slope, packages rank them by it.
            close = enough and any(abs(a - b) <= mp.mpf("1e-5") * residuals_of(y32, sen)[2] for a, b in itertools.combinations(residuals_of(y32, sen)[1], 2))
            if enough and without_gaps(y32) and least == 0 and not close:
                other = pymannkendall.hamed_rao_modification_test(np.array(y32))
                h.agree(expected["z"], other.z, 1e-9, f"pymannkendall {name}")
            cases.append(h.case(f"{name}{', factor at least 1' if least else ''}", "mpmath 50 digits; scipy rankdata, statsmodels acf, pymannkendall.hamed_rao_modification_test",
                                {"min_years": min_years, "min_factor": least}, {"y": y32, "sen": [sen]}, expected, **more))
    h.write("mk_hamed_rao", cases)


def mk_yue_wang(h):
    worked = {("series20.NEP", False): ("mk_variants_nep", 6.699939696349875), ("autocorrelated", False): ("mk_variants_ar", 2.4529679152648183),
              ("series20.NEP", True): ("mk_variants_nep", 11.167637396918243), ("autocorrelated", True): ("mk_variants_ar", 9.831014717765434)}
    cases = []
    for name, y, min_years in series_cases(h, 306):
        for all_lags, least in ((False, 0.0), (True, 0.0), (True, 1.0)):
            more = {}
            if (name, all_lags) in worked and least == 0:
                id_, z = worked[name, all_lags]
                exact = corrected_of(y, yue_wang_factor(h, y, float(pymannkendall.sens_slope(np.array(y)).slope), all_lags))
                h.agree(exact["z"], z, 1e-9, id_)
                more = {"worked": {"id": id_, "z": z}}
            y32 = h.f32(y)
            sen = sen_of(y32)
            enough = len(valid(y32)) >= max(min_years, 3)
            factor = yue_wang_factor(h, y32, sen, all_lags) if enough else 1
            expected = corrected_of(y32, max(factor, least)) if enough else {"z": None, "p": None}
            straight = len(valid(y32)) > 1 and on_the_line(*residuals_of(y32, sen)[1:])
            if enough and without_gaps(y32) and least == 0 and not straight and expected["z"] is not None:
                other = pymannkendall.yue_wang_modification_test(np.array(y32), lag=None if all_lags else 1)
                h.agree(expected["z"], other.z, 1e-6, f"pymannkendall {name}", 1e-12)
            label = f"{name}{', all lags' if all_lags else ''}{', factor at least 1' if least else ''}"
            cases.append(h.case(label, "mpmath 50 digits; statsmodels acf, pymannkendall.yue_wang_modification_test",
                                {"min_years": min_years, "all_lags": all_lags, "min_factor": least}, {"y": y32, "sen": [sen]}, expected, **more))
    y = h.f32(SHOUROV)
    sen = sen_of(y)
    for all_lags in (False, True):
        expected = corrected_of(y, yue_wang_factor(h, y, sen, all_lags))
        h.agree(expected["z"], pymannkendall.yue_wang_modification_test(np.array(y), lag=None if all_lags else 1).z, 1e-6, "pymannkendall")
        cases.append(h.case(f"pyMannKendall's published series{', all lags' if all_lags else ''}", "mpmath 50 digits; pymannkendall.yue_wang_modification_test",
                            {"min_years": 4, "all_lags": all_lags, "min_factor": 0.0}, {"y": y, "sen": [sen]}, expected))
    h.write("mk_yue_wang", cases)


# ----------------------------------------------------------------------------------------------------- effective years


def line_of(y):
    """Least squares in 50 digits: years, residuals, slope, sum of squares of the years about their mean."""
    t = valid(y)
    v = [mp.mpf(y[i]) for i in t]
    tm, ym = mp.mpf(sum(t)) / len(t), mp.fsum(v) / len(v)
    stt = mp.fsum((i - tm) ** 2 for i in t)
    b = mp.fsum((i - tm) * a for i, a in zip(t, v)) / stt
    return t, [a - ym - b * (i - tm) for i, a in zip(t, v)], b, stt


def ols_effective_of(h, y, min_years):
    n = len(valid(y))
    missing = {"n": None, "p": None}
    if n < max(min_years, 5):
        return missing
    t, e, b, stt = line_of(y)
    v = [mp.mpf(y[i]) for i in t]
    if on_the_line(e, (max(v) - min(v)) / 2 + abs(b) * len(y) / 2) or len(set(v)) == 1:
        return missing
    check_r(h, t, e, len(y))
    r = r_of(t, e, 1)
    rho = min(max((n * r + 2) / (n - 4), mp.mpf(0)), mp.mpf(1))
    n_eff = n * (1 - rho) / (1 + rho)
    if n_eff <= 2:
        return {"n": n_eff, "p": None}
    square = mp.fsum(a * a for a in e)
    stat = b / mp.sqrt(square / (n_eff - 2) / stt)
    df = n_eff - 2
    p = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + stat ** 2), regularized=True)
    fit = sm.OLS([float(a) for a in v], sm.add_constant(np.array(t, float))).fit()
    h.agree(b, fit.params[1], 1e-8, "statsmodels slope", 1e-9 * float(max(map(abs, v))))
    theirs = 2 * scipy.stats.t.sf(abs(fit.params[1]) / (fit.bse[1] * math.sqrt((n - 2) / float(df))), float(df))
    h.agree(p, theirs, 1e-5, "scipy t", 1e-7)
    return {"n": n_eff, "p": p}


def ols_effective(h):
    cases = []
    rng = np.random.default_rng(3071)
    more = [("persistent", np.cumsum(rng.normal(size=20)).tolist(), 15), ("persistent with gaps", h.gaps(np.cumsum(rng.normal(size=24)).tolist(), [3, 4, 15]), 18),
            ("a slow wave: fewer than two years", [math.sin(i / 7) for i in range(20)], 15), ("five years", [1.0, 2.5, 1.5, 3.0, 2.0], 4)]
    for name, y, min_years in [*series_cases(h, 307), *more]:
        y = h.f32(y)
        cases.append(h.case(name, "mpmath 50 digits (betainc); statsmodels OLS and acf, scipy.stats.t with fractional degrees", {"min_years": min_years}, {"y": y}, ols_effective_of(h, y, min_years)))
    h.write("ols_effective", cases)


# ------------------------------------------------------------------------------------------------------- change points


def pettitt_of(h, y, min_years, first):
    t = valid(y)
    n = len(t)
    if n < max(min_years, 3):
        return {"year": None, "p": None}
    v = [Fraction(y[i]) for i in t]
    u = [sum((v[i] > b) - (v[i] < b) for i in range(k + 1) for b in v) for k in range(n)]
    ranks = scipy.stats.rankdata([float(a) for a in v])
    h.agree(u, 2 * np.cumsum(ranks) - np.arange(1, n + 1) * (n + 1), 1e-12, "by ranks", 1e-9)
    assert u[-1] == 0
    most = max(map(abs, u))
    k = [abs(a) for a in u].index(most)
    assert k == int(np.argmax(np.abs(2 * np.cumsum(ranks) - np.arange(1, n + 1) * (n + 1)) > most - 0.5))
    p = min(mp.mpf(1), 2 * mp.exp(mp.mpf(-6 * most ** 2) / (n ** 3 + n ** 2)))
    return {"year": first + t[k] if most else None, "p": p}


def pettitt(h):
    cases = []
    rng = np.random.default_rng(3081)
    more = [("a step", [float(v) for v in np.r_[rng.normal(size=12).round(2), (3 + rng.normal(size=8)).round(2)]], 15), ("two equal maxima: the first", [1.0, 2.0, 1.0, 1.0, 2.0, 1.0], 4)]
    for name, y, min_years in [*series_cases(h, 308), *more]:
        extra = {}
        if name == "series20.NEP":
            exact = pettitt_of(h, y, min_years, 2001)
            h.agree([exact["year"], exact["p"]], [2009, 0.0018224617077219599], 1e-10, "pettitt")
            extra = {"worked": {"id": "pettitt", "year": 2009, "p": 0.0018224617077219599}}
        y = h.f32(y)
        cases.append(h.case(name, "definition in whole numbers, p in mpmath; scipy.stats.rankdata", {"min_years": min_years, "first_year": 2001}, {"y": y}, pettitt_of(h, y, min_years, 2001), **extra))
    h.write("pettitt", cases)


def spearman_of(h, y, min_years):
    t = valid(y)
    n = len(t)
    if n < max(min_years, 3):
        return {"rho": None, "p": None}
    v = [Fraction(y[i]) for i in t]
    if len(set(v)) == 1:
        return {"rho": None, "p": 1}
    # Twice the ranks less n + 1, whole numbers: ranks by scipy and by counting.
    r = [sum((a > b) - (a < b) for b in v) for a in v]
    h.agree(r, 2 * scipy.stats.rankdata([float(a) for a in v]) - (n + 1), 1e-12, "rankdata", 1e-12)
    x = [2 * k - (n - 1) for k in range(n)]
    xx, rr, xr = (sum(a * b for a, b in zip(*pair)) for pair in ((x, x), (r, r), (x, r)))
    rho = xr / mp.sqrt(mp.mpf(xx) * rr)
    unexplained = 1 - mp.mpf(xr) ** 2 / (mp.mpf(xx) * rr)
    p = mp.betainc(mp.mpf(n - 2) / 2, mp.mpf(1) / 2, 0, unexplained, regularized=True) if xr ** 2 < xx * rr else mp.mpf(0)
    theirs = scipy.stats.spearmanr(t, [float(a) for a in v])
    h.agree(rho, theirs.statistic, 1e-12, "scipy rho", 1e-15)
    # scipy takes 1 - rho from a rounded rho.
    h.agree(p, theirs.pvalue, 1e-9, "scipy p", 1e-13)
    return {"rho": rho, "p": p}


def spearman(h):
    cases = []
    for name, y, min_years in series_cases(h, 312):
        y = h.f32(y)
        cases.append(h.case(name, "whole numbers and mpmath; scipy.stats.spearmanr, but for a constant series", {"min_years": min_years}, {"y": y}, spearman_of(h, y, min_years)))
    h.write("spearman", cases)


def curve_of(h, v):
    """S / sqrt(Var) of each beginning of the values."""
    out = []
    for k in range(1, len(v) + 1):
        s, var, ties = score_of(v[:k])
        out.append(mp.mpf(0) if var == 0 else s / mp.sqrt(mp.mpf(var.numerator) / var.denominator))
        if len(ties) > 1:
            other = pymannkendall.original_test(np.array([float(a) for a in v[:k]]))
            h.agree([s, out[-1]], [other.s, other.s / math.sqrt(other.var_s)], 1e-9, "pymannkendall of a beginning", 1e-12)
    return out


def mk_sequential_of(h, y, min_years, first):
    t = valid(y)
    n_years = len(y)
    if len(t) < max(min_years, 3):
        return {"uf": [None] * n_years, "ub": [None] * n_years, "year": None}
    v = [Fraction(y[i]) for i in t]
    uf = curve_of(h, v)
    ub = [-b for b in curve_of(h, v[::-1])][::-1]
    year = None
    for i in range(1, len(t)):
        before, here = uf[i - 1] - ub[i - 1], uf[i] - ub[i]
        # Curves that are equal differ by the rounding of 50 digits.
        before, here = (mp.mpf(0) if abs(d) < mp.mpf("1e-40") else d for d in (before, here))
        if before * here <= 0 and before and year is None:
            height = uf[i - 1] + before / (before - here) * (uf[i] - uf[i - 1])
            year = first + t[i] if abs(height) <= Z_95 else None
    place = dict(zip(t, range(len(t))))
    spread = lambda c: [c[place[i]] if i in place else None for i in range(n_years)]
    return {"uf": spread(uf), "ub": spread(ub), "year": year}


UF = [0.0, 1.0, -0.5222329678670935, 0.6793662204867574, 0.4898979485566356, 1.315071011278814, 1.9524420798548594, 2.226922466874271, 2.710687382741972, 3.1304951684997055,
      3.5032452487268535, 3.5657725028834566, 3.9045688069540034, 4.215356541175463, 4.404357767818002, 4.6823417564637815, 4.860730071972644, 5.113489628780349, 5.282821285486963, 5.515528318445926]
UB = [5.515528318445926, 5.352792428341095, 5.265000432596063, 5.025500582886971, 4.862431824020081, 4.60230643154016, 4.324846321465736, 4.148604357388629, 3.840062695412953, 3.5032452487268535,
      3.3093806066996887, 3.127716210856122, 2.721794126179664, 2.252817784447915, 2.0665401605809937, 1.4696938456699067, 1.3587324409735149, 0.5222329678670935, 1.0, -0.0]


def mk_sequential(h):
    cases = []
    rng = np.random.default_rng(3091)
    late = np.r_[rng.normal(size=12), np.arange(8) + rng.normal(size=8)]
    more = [("a trend that begins late", h.draw(late, 2), 15), ("the same with gaps", h.gaps(h.draw(late, 2), [2, 13]), 15), ("several crossings", h.draw(rng.normal(size=30), 2), 20)]
    for name, y, min_years in [*series_cases(h, 309), *more]:
        extra = {}
        if name == "series20.NEP":
            exact = mk_sequential_of(h, y, min_years, 2001)
            h.agree(exact["uf"], UF, 1e-10, "sequential_mk UF", 1e-12)
            h.agree(exact["ub"], UB, 1e-10, "sequential_mk UB", 1e-12)
            extra = {"worked": {"id": "sequential_mk", "uf": UF, "ub": UB}}
        y = h.f32(y)
        cases.append(h.case(name, "definition in fractions, mpmath; pymannkendall.original_test of every beginning", {"min_years": min_years, "first_year": 2001}, {"y": y}, mk_sequential_of(h, y, min_years, 2001), **extra))
    h.write("mk_sequential", cases)


def two_segment_of(h, y, min_years, first):
    t = valid(y)
    n = len(t)
    missing = {"year": None, "slope_before": None, "slope_after": None, "p": None}
    if n < max(min_years, 7):
        return missing
    v = [mp.mpf(y[i]) for i in t]
    _, e, b, _ = line_of(y)
    if on_the_line(e, (max(v) - min(v)) / 2 + abs(b) * len(y) / 2) or len(set(v)) == 1:
        return missing
    best, others = None, []
    for c in range(len(y)):
        if sum(i < c for i in t) < 3 or sum(i > c for i in t) < 3:
            continue
        a = mp.matrix([[1, i - c, max(i - c, 0)] for i in t])
        x = mp.lu_solve(a.T * a, a.T * mp.matrix(v))
        left = mp.matrix(v) - a * x
        sse = mp.fsum(d * d for d in left)
        _, theirs, _, _ = np.linalg.lstsq(np.array([[1.0, i - c, max(i - c, 0)] for i in t]), np.array([float(d) for d in v]), rcond=None)
        h.agree(sse, theirs[0] if len(theirs) else 0.0, 1e-6, "lstsq", 1e-9 * float(max(map(abs, v))) ** 2)
        others.append(sse)
        if best is None or sse < best[0]:
            best = (sse, c, x)
    others.sort()
    total = mp.fsum(d * d for d in e)
    if len(others) > 1:
        assert (others[1] - others[0]) / total > 1e-9, "two knots that rounding would choose between"
    sse, c, x = best
    if sse > mp.mpf("1e-20") * total:
        f = (total - sse) / (sse / (n - 3))
        p = mp.betainc(mp.mpf(n - 3) / 2, mp.mpf(1) / 2, 0, (n - 3) / (n - 3 + f), regularized=True)
        h.agree(p, scipy.stats.f.sf(float(f), 1, n - 3), 1e-8, "scipy F", 1e-14)
    else:
        p = mp.mpf(0)
    return {"year": first + c, "slope_before": x[1], "slope_after": x[1] + x[2], "p": p}


def two_segment(h):
    cases = []
    rng = np.random.default_rng(3101)
    bent = np.r_[np.zeros(11), np.arange(1, 10) * 2.0] + rng.normal(size=20)
    more = [("a bend", h.draw(bent, 3), 15), ("a bend with gaps", h.gaps(h.draw(bent, 3), [0, 9, 10, 16]), 15), ("seven years", h.draw(rng.normal(size=7), 3), 4),
            ("seven of nine years, one knot in a gap", h.gaps(h.draw(rng.normal(size=9), 3), [3, 5]), 6), ("kelvin", h.draw(293.15 + 0.02 * bent, 3), 15)]
    for name, y, min_years in [*series_cases(h, 310), *more]:
        extra = {}
        if name == "series20.NEP":
            exact = two_segment_of(h, y, min_years, 2001)
            h.agree([exact[k] for k in ("year", "slope_before", "slope_after")], [2011, 4.900176390773427, 3.4586567164178836], 1e-8, "piecewise")
            h.agree(exact["p"], scipy.stats.f.sf(2.825967954721301, 1, 17), 1e-7, "piecewise naive F")
            extra = {"worked": {"id": "piecewise", "year": 2011, "slope_before": 4.900176390773427, "slope_after": 3.4586567164178836, "f_naive": 2.825967954721301}}
        if name in ("two values in turn",):
            continue  # knots placed alike, told apart by rounding alone
        y = h.f32(y)
        cases.append(h.case(name, "mpmath 50 digits (normal equations); numpy.linalg.lstsq, scipy.stats.f", {"min_years": min_years, "first_year": 2001}, {"y": y}, two_segment_of(h, y, min_years, 2001), **extra))
    h.write("two_segment", cases)


# -------------------------------------------------------------------------------------------------------------- Hurst


def hurst_of(h, y, min_years, tau_min, sample):
    v = [mp.mpf(a) for a in y if a is not None]
    n = len(v)
    if n < max(min_years, 4):
        return None
    points, theirs = [], []
    for tau in range(tau_min, n + 1):
        first = v[:tau]
        if len(set(first)) == 1:
            continue
        mean = mp.fsum(first) / tau
        sums = [mp.fsum(first[:i]) - i * mean for i in range(1, tau + 1)]
        s = mp.sqrt(mp.fsum((a - mean) ** 2 for a in first) / (tau - (1 if sample else 0)))
        points.append((mp.log(tau), mp.log((max(sums) - min(sums)) / s)))
        b = np.array([float(a) for a in first])
        c = np.cumsum(b - b.mean())
        theirs.append((math.log(tau), math.log((c.max() - c.min()) / b.std(ddof=1 if sample else 0))))
    if len(points) < 2:
        return None
    lm = mp.fsum(l for l, _ in points) / len(points)
    qm = mp.fsum(q for _, q in points) / len(points)
    slope = mp.fsum((l - lm) * (q - qm) for l, q in points) / mp.fsum((l - lm) ** 2 for l, _ in points)
    other = scipy.stats.linregress(*zip(*theirs)).slope if len(theirs) > 2 else np.polyfit(*zip(*theirs), 1)[0]
    h.agree(slope, other, 1e-5, "numpy and linregress", 1e-7)
    return slope


def hurst(h):
    cases = []
    worked = {(2, False): ("H_prefix_pop_tau2", 1.0549575687292347), (2, True): ("H_prefix_sample_tau2", 1.1650221060280692), (3, False): ("H_prefix_pop_tau3", 1.1354234095142381)}
    for name, y, min_years in series_cases(h, 311):
        for (tau_min, sample), (key, value) in worked.items():
            extra = {}
            if name == "series20.NEP":
                h.agree(hurst_of(h, y, min_years, tau_min, sample), value, 1e-10, key)
                extra = {"worked": {"id": "hurst", key: value}}
            elif (tau_min, sample) != (2, False) and "gap" not in name:
                continue
            y32 = h.f32(y)
            cases.append(h.case(f"{name}, {'sample' if sample else 'population'}, from {tau_min}", "mpmath 50 digits; numpy with scipy.stats.linregress",
                                {"min_years": min_years, "tau_min": tau_min, "sample_sd": sample}, {"y": y32}, {"h": hurst_of(h, y32, min_years, tau_min, sample)}, **extra))
    h.write("hurst", cases)


KERNELS = [mann_kendall, lag1, mk_prewhitened, mk_tfpw, mk_hamed_rao, mk_yue_wang, ols_effective, pettitt, spearman, mk_sequential, two_segment, hurst]
