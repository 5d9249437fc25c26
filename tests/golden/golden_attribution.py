"""Golden cases of the attribution: sensitivities, drivers' trends, scenarios; `make_golden.py` runs them.

Coefficients are those of `regression_of` (mpmath at 50 digits, numpy, statsmodels) on the years, with the year, or on the
differences; the detrended ones are also checked against the regression of detrended series, a theorem of Frisch, Waugh and
Lovell. Scenarios are decided in fractions and a second time by the nested conditions of the published script in float64.
"""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import statsmodels.api as sm

PER_DRIVER = ("coef", "vif")


def none(k):
    return {f"{name}_{j}": None for name in PER_DRIVER for j in range(1, k + 1)}


def take(fit, k):
    return {f"{name}_{j}": fit[f"{name}_{j}"] for name in PER_DRIVER for j in range(1, k + 1)}


def complete_years(y, xs):
    return [i for i in range(len(y)) if y[i] is not None and all(x[i] is not None for x in xs)]


def detrended(h, y, xs, min_years):
    """(coefficients with the year as one more regressor, least pivot)"""
    k, years = len(xs), [float(i) for i in range(len(y))]
    fit, pivot = h.regression_of(y, [*xs, years], max(min_years, k + 3))
    rows = complete_years(y, xs)
    if fit["coef_1"] is not None and pivot > 1e-3 and not h.constant([y[i] for i in complete_years(y, xs)]):
        t = sm.add_constant(np.array(rows, float))
        residual = [sm.OLS(np.array([float(s[i]) for i in rows]), t).fit().resid for s in (y, *xs)]
        scale = [float(np.abs(r).max()) or 1.0 for r in residual]
        again = np.linalg.lstsq(np.column_stack([r / s for r, s in zip(residual[1:], scale[1:])]), residual[0], rcond=None)[0]
        largest = float(np.abs(again).max())
        for j in range(k):
            h.agree(fit[f"coef_{j + 1}"], again[j] / scale[j + 1], 1e-6, "Frisch, Waugh and Lovell", 1e-6 * largest / scale[j + 1] + 1e-300)
    return take(fit, k), pivot


def first_difference(h, y, xs, min_years):
    def change(s):
        return [None if a is None or b is None else mp.mpf(b) - mp.mpf(a) for a, b in zip(s, s[1:])]

    k, rows = len(xs), complete_years(y, xs)
    if len(rows) < min_years:
        return none(k), None
    whole = [[s[i] if i in set(rows) else None for i in range(len(y))] for s in (y, *xs)]
    fit, pivot = h.regression_of(change(whole[0]), [change(x) for x in whole[1:]], 0)
    return take(fit, k), pivot


def in_baseline(h, y, xs, first, last, min_years):
    k, years = len(xs), last - first + 1
    complete = sum(all(v is not None and v == v for v in row) for row in zip(y, *xs))
    least = max(-(-3 * years // 4), k + 2) if complete >= min_years else len(y) + 1
    fit, pivot = h.regression_of(y[first:last + 1], [x[first:last + 1] for x in xs], least)
    return take(fit, k), pivot


def series_cases(h, seed):
    """(name, y, xs, min_years) that all sensitivities meet."""
    rng = np.random.default_rng(seed)
    yield "worked", h.NEP20, [h.T20, h.P20, h.SR20], 15
    yield "one driver", h.NEP20, [h.T20], 15
    for k in (1, 2, 3, 5, 8):
        y, xs = h.predictors(rng, 20, k)
        yield f"k {k}, 20 years", y, xs, 15
        y, xs = h.predictors(rng, 33, k)
        trend = h.draw([float(v) + 2.5 * i for i, v in enumerate(y)], 3)
        yield f"k {k}, 33 years with gaps and a trend", h.gaps(trend, [3, 17, 18]), [h.gaps(x, [int(rng.integers(0, 33))]) for x in xs], 20
    y, xs = h.predictors(rng, 20, 3)
    yield "gaps that leave exactly min_years", h.gaps(y, [0, 1]), [h.gaps(xs[0], [1, 2]), h.gaps(xs[1], [9]), h.gaps(xs[2], [19])], 15
    yield "one below min_years", h.gaps(y, [0, 1]), [h.gaps(xs[0], [1, 2]), h.gaps(xs[1], [9]), h.gaps(xs[2], [18, 19])], 15
    yield "every other year", h.gaps(y, range(0, 20, 2)), xs, 8
    yield "all of y missing", [None] * 20, xs, 15
    yield "a driver all missing", y, [xs[0], [None] * 20, xs[2]], 15
    yield "constant driver", y, [xs[0], [1500.0] * 20, xs[2]], 15
    yield "constant response", [0.1] * 20, xs, 15
    yield "a driver twice another", y, [xs[0], xs[1], [2 * v for v in xs[0]]], 15
    yield "a driver that is the year", y, [xs[0], [2001.0 + i for i in range(20)]], 15
    yield "a driver that falls as the year, and noise", y, [xs[0], h.draw(4600 - 12 * np.arange(20) + 30 * rng.normal(size=20), 2)], 15
    y, xs = h.predictors(rng, 6, 2)
    yield "six years, two drivers", y, xs, 4
    yield "five years, two drivers", y[:5], [x[:5] for x in xs], 4
    y, xs = h.predictors(rng, 20, 2)
    yield "large and small", h.f32([v * 1e9 for v in y]), [h.f32([v * 1e-9 for v in xs[0]]), h.f32([v * 1e6 for v in xs[1]])], 15


def sensitivity(h, name, seed, of, published, source, params=lambda y: {}):
    cases = []
    for title, y, xs, min_years in series_cases(h, seed):
        more = {}
        if title == "worked":
            exact, _ = of(y, xs, min_years)
            for j, value in enumerate(published, 1):
                h.agree(exact[f"coef_{j}"], value, 1e-6, f"{name} {j}")
            if published:
                more["worked"] = {"id": "restrend_detrended", **{f"coef_{j}": v for j, v in enumerate(published, 1)}}
        y, xs = h.f32(y), [h.f32(x) for x in xs]
        expected, pivot = of(y, xs, min_years)
        if pivot is not None:
            more["min_pivot"] = pivot
        inputs = {"y": y, **{f"x{j}": x for j, x in enumerate(xs, 1)}}
        cases.append(h.case(title, source, {"min_years": min_years, **params(y)}, inputs, expected, **more))
    h.write(name, cases)


def sensitivity_detrended(h):
    sensitivity(h, "sensitivity_detrended", 401, lambda y, xs, m: detrended(h, y, xs, m), [-0.9599679023533303, -0.029751832494822272, -0.04922163675537629],
                "mpmath 50 digits, the year as one more regressor; statsmodels.OLS; numpy.linalg.lstsq of detrended series")


def sensitivity_first_difference(h):
    sensitivity(h, "sensitivity_first_difference", 402, lambda y, xs, m: first_difference(h, y, xs, m), [0.5140593689817258, -0.05533282781465004, -0.09188235649739074],
                "mpmath 50 digits on the differences of adjacent years; statsmodels.OLS; numpy.linalg.lstsq")


def sensitivity_baseline(h):
    def steps(y):
        return (2, 2 + len(y) // 2) if len(y) > 8 else (0, len(y) - 1)

    sensitivity(h, "sensitivity_baseline", 403, lambda y, xs, m: in_baseline(h, y, xs, *steps(y), m), [],
                "mpmath 50 digits on the years of the baseline; statsmodels.OLS; numpy.linalg.lstsq",
                lambda y: {"first_step": steps(y)[0], "last_step": steps(y)[1]})


def slopes_of(h, y, xs, min_years):
    rows = complete_years(y, xs)
    masked = [[s[i] if i in set(rows) else None for i in range(len(y))] for s in (y, *xs)]
    slopes = [line(h, s, max(min_years, 3)) for s in masked]
    half = None if slopes[0] is None else (max(masked[0][i] for i in rows) - min(masked[0][i] for i in rows)) / mp.mpf(2)
    return {"slope_y": slopes[0], **{f"slope_{j}": v for j, v in enumerate(slopes[1:], 1)}, "half_range": half}


def line(h, s, least):
    """Slope in 50 digits, checked against numpy and statsmodels."""
    t = [i for i, v in enumerate(s) if v is not None]
    if len(t) < least:
        return None
    v, tm = [mp.mpf(s[i]) for i in t], mp.mpf(sum(t)) / len(t)
    slope = mp.fsum((a - tm) * b for a, b in zip(t, v)) / mp.fsum((a - tm) ** 2 for a in t)
    if h.constant(v):
        return mp.mpf(0)
    a, b = np.array(t, float), np.array([float(x) for x in v])
    scale = b.max() - b.min()
    b = (b - b.mean()) / scale
    for theirs in (np.polyfit(a - a.mean(), b, 1)[0], sm.OLS(b, sm.add_constant(a)).fit().params[1]):
        h.agree(slope, theirs * scale, 1e-9, "slope", 1e-9 * scale)
    return slope


def driver_slopes(h):
    published = {"slope_1": 0.032203007518797046, "slope_2": 7.320300751879699, "slope_3": -10.374436090225563, "slope_y": 4.233609022556391}
    cases = []
    for title, y, xs, min_years in series_cases(h, 404):
        more = {}
        if title == "worked":
            exact = slopes_of(h, y, xs, min_years)
            fit, _ = h.regression_of(y, xs, min_years)
            parts = [fit[f"coef_{j}"] * exact[f"slope_{j}"] for j in (1, 2, 3)]
            h.agree([*parts, mp.fsum(parts)], [0.8840392826183231, -0.8879704020909757, 3.311690158049594, 3.3077590385769415], 1e-9, "partial_derivative")
            for key, value in published.items():
                h.agree(exact[key], value, 1e-9, f"partial_derivative {key}")
            more["worked"] = {"id": "partial_derivative", **published}
        y, xs = h.f32(y), [h.f32(x) for x in xs]
        inputs = {"y": y, **{f"x{j}": x for j, x in enumerate(xs, 1)}}
        cases.append(h.case(title, "mpmath 50 digits; numpy.polyfit; statsmodels.OLS", {"min_years": min_years}, inputs, slopes_of(h, y, xs, min_years), **more))
    h.write("driver_slopes", cases)


# ------------------------------------------------------------------------------------------------ what drivers leave over


def human_of(h, y, xs, coef):
    """The response less coefficient times departure of each driver from the mean of its own valid years."""
    means = [mp.fsum(mp.mpf(v) for v in x if v is not None) / max(1, sum(v is not None for v in x)) for x in xs]

    def of(i):
        if y[i] is None or any(x[i] is None for x in xs) or any(c is None for c in coef):
            return None
        return mp.mpf(y[i]) - mp.fsum(mp.mpf(c) * (mp.mpf(x[i]) - m) for c, x, m in zip(coef, xs, means))

    human = [of(i) for i in range(len(y))]
    rows = [i for i, v in enumerate(human) if v is not None]
    if rows:
        again = np.array([float(v) for v in y if v is not None]) if not xs else np.array([float(y[i]) for i in rows])
        size = np.abs(again).max()
        for c, x in zip(coef, xs):
            part = float(c) * (np.array([float(x[i]) for i in rows]) - np.nanmean([np.nan if v is None else float(v) for v in x]))
            again, size = again - part, max(size, np.abs(part).max())
        for i, v in zip(rows, again):
            h.agree(human[i], v, 1e-9, "human part", 1e-9 * size)
    return human


def human_part(h):
    cases = []
    for title, y, xs, min_years in series_cases(h, 405):
        y, xs = h.f32(y), [h.f32(x) for x in xs]
        fit, _ = detrended(h, y, xs, min_years)
        coef = h.f32([fit[f"coef_{j}"] for j in range(1, len(xs) + 1)])
        inputs = {"y": y, **{f"x{j}": x for j, x in enumerate(xs, 1)}, **{f"coef_{j}": [c] for j, c in enumerate(coef, 1)}}
        cases.append(h.case(title, "mpmath 50 digits; numpy", {"n_predictors": len(xs)}, inputs, {"human": human_of(h, y, xs, coef)}))
    h.write("human_part", cases)


def stage_slope(h):
    """The stages of `NEP20`, with gaps, and a stage without enough years; slopes as R's lm gives them."""
    cases = []
    gappy = [353.2, 360.4, 350.8, 356.7, 359.6, 371.6, 377.1, 383.1, None, 390.2, 402.9, None, 399.1, 405.8, 411.3, 410.0, 421.7, None, None, 428.3]
    for title, y, first, last in [
        ("the first stage", h.NEP20, 0, 4), ("the second", h.NEP20, 5, 10), ("the last", h.NEP20, 16, 19), ("the whole study", h.NEP20, 0, 19),
        ("gaps", gappy, 5, 10), ("two years are too few", gappy, 16, 19), ("three are enough", gappy, 11, 14), ("a constant", [5.0] * 9, 2, 6),
        ("large", [v * 1e9 for v in h.NEP20], 3, 9), ("small", [v * 1e-9 for v in h.NEP20], 3, 9),
    ]:
        y = h.f32(y)
        slope = line(h, y[first:last + 1], 3)
        cases.append(h.case(title, "mpmath 50 digits; numpy.polyfit; statsmodels.OLS", {"first_step": first, "last_step": last}, {"y": y}, {"slope": slope}))
    for at, published in [(0, 1.8), (5, 6.38), (16, 4.7)]:
        h.agree(line(h, h.NEP20[at:at + {0: 5, 5: 6, 16: 4}[at]], 3), published, 1e-8, "stage_slopes")
    h.write("stage_slope", cases)


# -------------------------------------------------------------------------------------------------------------- scenarios


def sign(x):
    return (x > 0) - (x < 0)


SCENARIOS = {(1, 1, 1): 1, (1, 1, -1): 2, (1, -1, 1): 3, (-1, -1, -1): 4, (-1, -1, 1): 5, (-1, 1, -1): 6}


def scenario_of(obs, cc, ha):
    """Class and shares by the table, in fractions."""
    cls = SCENARIOS.get((sign(obs), sign(cc), sign(ha)), 0)
    if cls in (1, 4):
        return cls, cc / obs * 100, ha / obs * 100
    return cls, *{0: (None, None), 2: (100, 0), 5: (100, 0), 3: (0, 100), 6: (0, 100)}[cls]


def scenario_numpy(obs, cc, ha):
    """The same by nested conditions in float64, as the published script has them."""
    obs, cc, ha = float(obs), float(cc), float(ha)
    if obs > 0:
        if cc > 0 and ha > 0:
            return 1, cc / obs * 100, ha / obs * 100
        if cc > 0 and ha < 0:
            return 2, 100.0, 0.0
        if cc < 0 and ha > 0:
            return 3, 0.0, 100.0
    if obs < 0:
        if cc < 0 and ha < 0:
            return 4, cc / obs * 100, ha / obs * 100
        if cc < 0 and ha > 0:
            return 5, 100.0, 0.0
        if cc > 0 and ha < 0:
            return 6, 0.0, 100.0
    return 0, None, None


def attribution_of(h, slope, slope_y, coef, trend):
    k = len(coef)
    if any(v is None for v in (slope, slope_y, *coef, *trend)):
        names = ("climate", "human", *(f"part_{j}" for j in range(1, k + 1)), "class", "share_climate", "share_human", "dominant", "dominant_factor")
        return {name: None for name in names}
    slope, slope_y = Fraction(slope), Fraction(slope_y)
    part = [Fraction(c) * Fraction(t) for c, t in zip(coef, trend)]
    cc = sum(part)
    ha, residual = slope - cc, slope_y - cc
    cls, share_cc, share_ha = scenario_of(slope, cc, ha)
    h.agree([cls, share_cc, share_ha], list(scenario_numpy(slope, cc, ha)), 1e-9, "scenario", 1e-9)
    # Fitted and residual series both run against the observed one: no row of the table.
    if sign(slope) * sign(cc) < 0 and sign(slope) * sign(residual) < 0:
        cls, share_cc, share_ha = 0, None, None
    dominant = 0 if cls == 0 or share_cc == share_ha else 1 if share_cc > share_ha else 2
    largest = int(np.argmax([abs(float(p)) for p in part])) + 1 if any(part) else 0
    exact = {"climate": cc, "human": ha, **{f"part_{j}": p for j, p in enumerate(part, 1)}, "class": cls, "share_climate": share_cc,
             "share_human": share_ha, "dominant": dominant, "dominant_factor": largest}
    return {name: value if value is None or isinstance(value, int) else float(value) for name, value in exact.items()}


def attribution(h):
    cases = []

    def add(name, slope, slope_y, coef, trend, half_range=20.0, worked=None, vif=None):
        slope, slope_y = h.f32([slope])[0], h.f32([slope_y])[0]
        coef, trend = h.f32(coef), h.f32(trend)
        inputs = {"slope": [slope], "slope_y": [slope_y], "half_range": [half_range], "flags": [0.0],
                  **{f"coef_{j}": [c] for j, c in enumerate(coef, 1)},
                  **{f"vif_{j}": [v] for j, v in enumerate(vif or [1.5] * len(coef), 1)},
                  **{f"slope_{j}": [t] for j, t in enumerate(trend, 1)}}
        more = {"worked": worked} if worked else {}
        cases.append(h.case(name, "fractions; the conditions of the published script in float64", {"n_predictors": len(coef)}, inputs,
                            attribution_of(h, slope, slope_y, coef, trend), **more))

    table = [(4.15, 0.18, 3.97, 1, 4.337349397590361, 95.66265060240963, 2), (3.0, 4.0, -1.0, 2, 100.0, 0.0, 1), (2.0, -0.5, 2.5, 3, 0.0, 100.0, 2),
             (-3.0, -1.0, -2.0, 4, 33.333333333333336, 66.66666666666667, 2), (-1.0, -3.0, 2.0, 5, 100.0, 0.0, 1), (-2.0, 1.0, -3.0, 6, 0.0, 100.0, 2),
             (0.0, 0.0, 0.0, 0, None, None, 0), (2.0, 1.0, 1.0, 1, 50.0, 50.0, 0)]
    for i, (obs, cc, ha, cls, share_cc, share_ha, dominant) in enumerate(table):
        exact = scenario_of(*(Fraction(str(v)) for v in (obs, cc, ha)))
        h.agree([exact[0], *(None if v is None else float(v) for v in exact[1:])], [cls, share_cc, share_ha], 1e-12, "six_class")
        add(f"six_class {i + 1}", obs, obs, [cc], [1.0], worked={"id": "six_class", "class": cls, "share_climate": share_cc, "share_human": share_ha, "dominant": dominant})
    # The shared series from start to end: coefficients and slopes as the layers hold them, in float32.
    y, xs = h.NEP20, [h.T20, h.P20, h.SR20]
    slopes = slopes_of(h, y, xs, 15)
    trend = [float(slopes[f"slope_{j}"]) for j in (1, 2, 3)]
    obs = float(slopes["slope_y"])
    for name, fit, numbers in [
            ("restrend", h.regression_of(y, xs, 15)[0], {"climate": 3.3077590385769424, "human": 0.9258499839794495, "class": 1, "share_climate": 78.13095212508806, "share_human": 21.869047874911963}),
            ("restrend_detrended", detrended(h, y, xs, 15)[0], {"climate": 0.26194050941601443, "human": 3.9716685131403766}),
            ("restrend_detrended, first differences", first_difference(h, y, xs, 15)[0], {"climate": 0.5647289519707157})]:
        coef = [float(fit[f"coef_{j}"]) for j in (1, 2, 3)]
        exact = attribution_of(h, obs, obs, coef, trend)
        for key, value in numbers.items():
            h.agree(exact[key], value, 1e-6, f"{name} {key}")
        add(name, obs, obs, coef, trend, 41.05, worked={"id": name.split(",")[0], **numbers}, vif=[1.07, 2.67, 2.79])
    share = [abs(v) / (0.884 + 0.888 + 3.312) * 100 for v in (0.884, -0.888, 3.312)]
    h.agree(share, [17.38788355625492, 17.46656176239182, 65.14555468135326], 1e-12, "dominant_climate")
    add("dominant_climate", 4.2, 4.2, [0.884, -0.888, 3.312], [1.0, 1.0, 1.0], worked={"id": "dominant_climate", "dominant": "SR", "dominant_factor": 3})
    add("climate against a rising trend, and the residual of the complete years too", 0.5, -1.0, [-0.25], [1.0])
    add("the same, falling", -0.5, 1.0, [0.25], [1.0])
    add("climate against the trend, residual with it: no contradiction", 0.5, 0.4, [-0.25], [1.0])
    add("the complete years fall, climate and trend rise", 0.5, -1.0, [0.25], [1.0])
    add("the parts cancel", 1.5, 1.5, [2.0, -2.0], [1.0, 1.0])
    add("human is exactly 0", 1.5, 1.5, [1.5], [1.0])
    add("falling, half and half", -3.0, -3.0, [-1.5], [1.0])
    add("coefficients 0", 1.5, 1.5, [0.0, 0.0], [1.0, 2.0])
    add("everything 0", 0.0, 0.0, [0.0, 0.0], [0.0, 2.0], 0.0)
    add("no trend of the response", 0.0, 0.0, [1.0, 0.5], [1.0, 1.0])
    add("trend missing", None, 1.0, [1.0], [1.0])
    add("trend over complete years missing", 1.0, None, [1.0], [1.0])
    add("a coefficient missing", 1.0, 1.0, [1.0, None], [1.0, 1.0])
    add("a driver's trend missing", 1.0, 1.0, [1.0, 2.0], [None, 1.0])
    add("huge", 1e15, 1e15, [1e9, -1e9], [1e5, 2e5], 1e16)
    add("tiny", 1e-15, 1e-15, [1e-9, -1e-9], [1e-7, 2e-7], 1e-14)
    rng = np.random.default_rng(405)
    for k in (1, 2, 4, 8):
        for i in range(4):
            coef, trend = h.draw(rng.normal(size=k) * 3, 4), h.draw(rng.normal(size=k), 4)
            slope = float(h.draw([rng.normal() * 2], 3)[0])
            add(f"k {k}, random {i}", slope, slope, coef, trend)
    h.write("attribution", cases)


def agreement(h):
    def of(dominant):
        if any(d is None for d in dominant):
            return None
        return 3 if 1 in dominant and 2 in dominant else 1 if set(dominant) == {1} else 2 if set(dominant) == {2} else 0

    cases = []
    for n in (2, 3):
        values = [None, 0, 1, 2]
        for code in range(4 ** n):
            dominant = [values[code // 4 ** s % 4] for s in range(n)]
            inputs = {**{f"dominant_{s}": [None if d is None else float(d)] for s, d in enumerate(dominant, 1)}, **{f"margin_{s}": [1e6] for s in range(1, n + 1)}}
            words = ["missing" if d is None else ("neither", "climate", "people")[d] for d in dominant]
            cases.append(h.case(", ".join(words), "sets", {"n_sensitivities": n}, inputs, {"class": [of(dominant)]}))
    h.write("agreement", cases)


def climate_regime(h):
    published = [([0.03, 7.3, -10.4], 3), ([0.03, -2.0, 5.0], 5), ([-0.01, 3.0, 2.0], 6), ([-0.01, -3.0, -2.0], 0)]
    cases = []

    def add(name, bits, slopes, **more):
        code = None if any(s is None for s in slopes) else int(np.dot(bits, np.array(slopes) > 0))
        inputs = {**{f"slope_{j}": h.f32([s]) for j, s in enumerate(slopes, 1)}, **{f"r2_{j}": [0.25] for j in range(1, len(slopes) + 1)}}
        cases.append(h.case(name, "numpy", {"bits": bits}, inputs, {"class": [code]}, **more))

    for i, (slopes, code) in enumerate(published, 1):
        assert sum(bit for bit, s in zip((1, 2, 4), slopes) if s > 0) == code, "climate_regime"
        add(f"climate_regime {i}", [1, 2, 4], slopes, worked={"id": "climate_regime", "code": code})
    add("a constant driver does not rise", [1, 2, 4], [0.0, 0.0, 0.0])
    add("a trend is missing", [1, 2, 4], [0.03, None, 2.0])
    add("without radiation", [1, 2], [0.03, 7.3])
    add("precipitation and radiation", [2, 4], [7.3, 2.5])
    add("radiation alone", [4], [2.5])
    add("tiny and huge", [1, 2, 4], [1e-30, -1e30, 1e30])
    h.write("climate_regime", cases)


# -------------------------------------------------------------------------------------------------------------- bootstrap


def replicate_of(h, y, xs, weights, with_year, min_years):
    """(observed, climate, human, share) of the rows, each as often as its weight; None is missing."""
    k, rows = len(xs), complete_years(y, xs)
    n_predictors = k + with_year
    if len(rows) < max(min_years, n_predictors + 2):
        return [None] * 4
    drawn = [i for i in rows for _ in range(weights[i])]
    different, columns = len(set(drawn)), [y, *xs, [float(i) for i in range(len(y))]]
    half = [max(mp.mpf(c[i]) for i in rows) / 2 - min(mp.mpf(c[i]) for i in rows) / 2 for c in columns]

    def variance(c):
        v = [mp.mpf(columns[c][i]) for i in drawn]
        return mp.fsum((x - mp.fsum(v) / len(v)) ** 2 for x in v) / len(v) / (half[c] or 1) ** 2

    spread = [variance(c) if drawn else mp.mpf(0) for c in range(k + 2)]
    assert all(not mp.mpf("0.9e-4") < s < mp.mpf("1.1e-4") for s in spread[1:]), "a spread too near to the limit"
    observed = climate = None
    if different >= 3 and spread[-1] > 1e-4:
        observed = slope_of_rows(h, [columns[0][i] for i in drawn], drawn)
    if different >= n_predictors + 2 and all(s > 1e-4 for s in spread[1:]):
        predictors = [[columns[c][i] for i in drawn] for c in range(1, k + 1 + with_year)]
        response = [columns[0][i] for i in drawn]
        _, _, centred, _, sx, _ = h.moments([mp.mpf(v) for v in response], [[mp.mpf(v) for v in x] for x in predictors])
        pivot = h.min_pivot(centred, sx)
        assert not mp.mpf("0.5e-4") < pivot < mp.mpf("2e-4"), "a pivot too near to the limit"
        if pivot > 1e-4:
            fit, _ = h.regression_of(response, predictors, 0, 1e-6)
            climate = mp.fsum(fit[f"coef_{j}"] * slope_of_rows(h, [columns[j][i] for i in drawn], drawn) for j in range(1, k + 1))
    if climate is None:
        return [observed, None, None, None]
    human = observed - climate
    flat = all(y[i] == y[drawn[0]] for i in drawn)
    share = None if flat else 100 if sign(observed) * climate <= 0 else 0 if sign(observed) * human <= 0 else human / observed * 100
    return [observed, climate, human, share]


def slope_of_rows(h, v, t):
    """Slope of rows that may come twice; numpy and statsmodels agree."""
    values, tm = [mp.mpf(x) for x in v], mp.mpf(sum(t)) / len(t)
    slope = mp.fsum((a - tm) * b for a, b in zip(t, values)) / mp.fsum((a - tm) ** 2 for a in t)
    a, b = np.array(t, float), np.array([float(x) for x in values])
    scale = (b.max() - b.min()) or 1.0
    b = (b - b.mean()) / scale
    for theirs in (np.polyfit(a - a.mean(), b, 1)[0], sm.OLS(b, sm.add_constant(a)).fit().params[1]):
        h.agree(slope, theirs * scale, 1e-7, "slope of rows", 1e-7 * scale)
    return mp.mpf(0) if all(x == values[0] for x in values) else slope


def bootstrap(h):
    rng = np.random.default_rng(406)
    cases = []
    titles = ("worked", "one driver", "k 3, 20 years", "k 3, 33 years with gaps and a trend", "k 5, 33 years with gaps and a trend", "k 8, 33 years with gaps and a trend",
              "one below min_years", "all of y missing", "constant driver", "constant response", "a driver that is the year", "six years, two drivers", "large and small")
    for title, y, xs, min_years in series_cases(h, 407):
        if title not in titles:
            continue
        y, xs, n = h.f32(y), [h.f32(x) for x in xs], len(y)
        for with_year in (False, True):
            weights = [[1] * n]
            for block in (1, 3, 3, 5):
                starts = rng.integers(0, n - block + 1, size=-(-n // block))
                years = [int(s) + i for s in starts for i in range(block)][:n]
                weights.append([years.count(i) for i in range(n)])
            if n > 6:
                weights.append([n] + [0] * (n - 1))
            found = [replicate_of(h, y, xs, w, with_year, min_years) for w in weights]
            inputs = {"y": y, **{f"x{j}": x for j, x in enumerate(xs, 1)}}
            expected = {name: [f[i] for f in found] for i, name in enumerate(("observed", "climate", "human", "share_human"))}
            cases.append(h.case(f"{title}{', with the year' if with_year else ''}", "mpmath 50 digits, statsmodels.OLS and numpy.linalg.lstsq on rows that come as often as drawn",
                                {"min_years": min_years, "with_year": with_year, "weights": weights}, inputs, expected))
    h.write("bootstrap", cases)


def quantiles(h):
    rng = np.random.default_rng(408)
    cases = []

    def add(name, x, level):
        x = h.f32(x)
        v = np.array([a for a in x if a is not None], float)
        ends = [None, None]
        if 2 * len(v) >= len(x) and len(v):
            ends = [float(np.percentile(v, 100 * q, method="linear")) for q in ((1 - level) / 2, (1 + level) / 2)]
            by_rank = sorted(Fraction(a) for a in v)
            for q, theirs in zip(((1 - level) / 2, (1 + level) / 2), ends):
                place = (len(by_rank) - 1) * q
                below = min(int(place), len(by_rank) - 1)
                above = min(below + 1, len(by_rank) - 1)
                h.agree(float(by_rank[below] + (by_rank[above] - by_rank[below]) * Fraction(place - below)), theirs, 1e-9, "quantile", 1e-12)
        cases.append(h.case(name, "numpy.percentile, linear; definition in fractions", {"level": level}, {"x": x}, dict(zip(("low", "high"), ends))))

    for level in (0.5, 0.8, 0.95):
        add(f"20 values, {level}", h.draw(rng.normal(3, 5, 20), 4), level)
    add("200 values, 0.95", h.draw(rng.normal(-3, 5, 200), 4), 0.95)
    add("201 values, 0.9", h.draw(rng.normal(0, 1e-6, 201), 12), 0.9)
    add("ties", [float(v) for v in rng.integers(-2, 3, 40)], 0.8)
    add("constant", [0.1] * 12, 0.9)
    add("two values", [0.0] * 9 + [100.0] * 11, 0.9)
    add("half are missing", h.gaps(h.draw(rng.normal(size=20)), range(0, 20, 2)), 0.9)
    add("more than half are missing", h.gaps(h.draw(rng.normal(size=20)), range(0, 11)), 0.9)
    add("all missing", [None] * 20, 0.9)
    add("one of two", [1.5, None], 0.9)
    add("huge and tiny", h.f32([1e30, -1e30, 1e-30, -1e-30, 0.0, 5.0, -5.0, 1e20]), 0.9)
    add("-0 and 0", [-0.0, 0.0, -0.0, 0.0], 0.9)
    h.write("quantiles", cases)


KERNELS = [sensitivity_detrended, sensitivity_first_difference, sensitivity_baseline, driver_slopes, human_part, stage_slope, attribution, agreement, climate_regime, bootstrap, quantiles]
