"""Golden cases of the models of soil respiration and of heterotrophic respiration; run by make_golden.py.

Each formula stands here twice, once as it is printed in 50 digits of mpmath and once rearranged in float64 of numpy, and is held
against the worked example first.
"""

import statistics
from fractions import Fraction

import mpmath as mp
import numpy as np
import scipy.special
from make_golden import (GSMSR, NANNING_P, NANNING_T, agree, bl2004, case, draw, f32, gaps, gsmsr_numpy, gsmsr_years, months_to_years, numpy_years,
                         seasonal, write)

SOURCE = "mpmath 50 digits from the printed formula; numpy float64, rearranged"


def nan(x):
    return np.array([np.nan if v is None else v for v in x], float)


def rain(p):
    return max(mp.mpf(p), mp.mpf(0)) / 10


# ------------------------------------------------------------------------------------------------------------ monthly models


def monthly(kernel, coefficients, rate, rate_numpy, with_rain, worked, more, row=None):
    """Cases of a model of monthly rates. `rate(t, p, before, c)` gives one month, `rate_numpy(t, p, before, c)` all of them.
    `row` is the word of the model where its equation has several."""
    cases = []

    def years(t, p, params):
        c = {k: mp.mpf(params[k]) for k in coefficients}
        before = [p[11], *p[:-1]]
        needs = lambda i: (t[i], p[i], before[i]) if kernel == "hashimoto_2015" else (t[i], p[i])
        rates = [None if None in needs(i) else rate(mp.mpf(t[i]), p[i], before[i], c) for i in range(len(t))]
        how = (params["min_months"], params["first_year"], "rate", params.get("days_of_month") == "30")
        out = months_to_years(rates, *how)
        with np.errstate(invalid="ignore", over="ignore"):
            again = rate_numpy(nan(t), np.clip(nan(p), 0, None) / 10, np.clip(nan(before), 0, None) / 10, {k: params[k] for k in coefficients})
        agree(out, numpy_years(again, *how), 1e-12, kernel, floor=1e-300)
        return out

    def add(name, t, p, worked=None, **change):
        params = {**({"model": row} if row else {}), **coefficients, "min_months": 12, "first_year": 2001, **change}
        name = f"{row}: {name}" if row else name
        t, p = f32(t), f32(p)
        inputs = {"temperature": t, **({"precipitation": p} if with_rain else {})}
        if not with_rain:
            p = [0.0] * len(t)
        cases.append(case(name, SOURCE, params, inputs, {"rs": years(t, p, params)}, **({"worked": worked} if worked else {})))

    for id_, t, p, before, daily, c in worked:
        exact = {**coefficients, **c}
        ours = rate(mp.mpf(str(t)), p, before, {k: mp.mpf(str(v)) for k, v in exact.items()})
        agree(ours, daily, 1e-12, f"{id_}, {t}")
        add(f"{id_}, twelve equal months of {t} degC", [t] * 12, [p] * 12, worked={"id": id_, "daily_rate": daily, "before": before, "days": 365}, **c)
    rng = np.random.default_rng(sum(map(ord, row or kernel)))
    add("a climatology", NANNING_T, NANNING_P)
    add("a climatology, months of 30 days", NANNING_T, NANNING_P, days_of_month="30")
    add("a climatology in a leap year", NANNING_T, NANNING_P, first_year=2004)
    t, p = seasonal(rng, 20)
    add("20 years", t, p)
    add("gaps, min_months 12", gaps(t[:60], [7, 30]), gaps(p[:60], [7, 8]))
    add("gaps, min_months 10", gaps(t[:60], [7, 30]), gaps(p[:60], [7, 8, 23]), min_months=10)
    add("exactly min_months, then one below", gaps(t[:24], [0, 12, 13, 14]), gaps(p[:24], [0]), min_months=10, first_year=2003)
    add("29 February missing", gaps(t[:12], [1]), p[:12], min_months=10, first_year=2016)
    add("all of T missing", [None] * 24, p[:24])
    add("cold", [-44.0 + 2 * i for i in range(12)], [5.0 + i for i in range(12)])
    more(add, t, p)
    return cases


# Each row of the equation, with the daily rate of a worked example: 20 degC, 150 mm.
RAICH = {"raich-potter-1995": ({"F": 1.334, "Q": 0.03992, "K": 1.634}, ("raich_potter1995", 2.6729516672305684)),
         "raich-2002": ({"F": 1.25, "Q": 0.05452, "K": 4.259}, ("raich2002", 2.8968248807366797))}


def raich():
    def more(add, t, p):
        add("no rain, no respiration", t[:24], [0.0] * 24)
        add("P below 0 is 0", t[:24], [-2.0 if i % 4 == 0 else v for i, v in enumerate(p[:24])])
        add("all of P missing", t[:24], [None] * 24)
        add("other coefficients", t[:48], p[:48], F=1.1, Q=0.05, K=3.0)

    cases = []
    for row, (coefficients, (id_, rate)) in RAICH.items():
        cases += monthly("raich", coefficients,
                         lambda t, p, _, c: c["F"] * mp.exp(c["Q"] * t) * rain(p) / (c["K"] + rain(p)),
                         lambda t, p, _, c: c["F"] * np.exp(c["Q"] * t) * (1 - c["K"] / (c["K"] + p)) * np.where(p == 0, 0, 1), True,
                         [(id_, 20, 150, 150, rate, {})], more, row)
    write("raich", cases)


def hashimoto_2015():
    def exact(t, p, before, c):
        pe = c["a"] * rain(p) + (1 - c["a"]) * rain(before)
        return c["F"] * mp.exp(c["b"] * t - c["c"] * t * t) * pe / (c["K"] + pe)

    def again(t, p, before, c):
        pe = before + c["a"] * (p - before)
        return c["F"] * np.exp(t * (c["b"] - c["c"] * t)) / (1 + c["K"] / np.where(pe == 0, np.inf, pe)) * (pe != 0) + 0 * pe

    coefficients = {"F": 1.68, "b": 0.0528, "c": 0.000628, "K": 1.2, "a": 0.98}
    agree(exact(mp.mpf(20), 150, 100, {k: mp.mpf(str(v)) for k, v in coefficients.items()}), 3.476881371479212, 1e-12, "hashimoto2015")
    agree(mp.mpf("0.0528") / (2 * mp.mpf("0.000628")), 42.038216560509554, 1e-12, "T_optimum")

    def more(add, t, p):
        add("hashimoto2015: P of 100 and 150 mm in turn", [20] * 24, [100, 150] * 12,
            worked={"id": "hashimoto2015", "daily_rate_of_wet_months": 3.476881371479212})
        add("the first January takes the December of its year", [20] * 24, [50.0] * 11 + [900.0] + [50.0] * 12, a=0.5)
        add("a later January takes the December of the year before", [20] * 36, [50.0] * 11 + [0.0] + [50.0] * 11 + [700.0] + [50.0] * 12, a=0.25)
        add("a missing December takes the first and the second January with it", t[:36], gaps(p[:36], [11]), min_months=10)
        add("a missing December of a later year", t[:36], gaps(p[:36], [23]), min_months=11)
        add("no rain, no respiration", t[:24], [0.0] * 24)
        add("P below 0 is 0, before and now", t[:24], [-20.0 if i % 4 == 0 else v for i, v in enumerate(p[:24])], a=0.6)
        add("all of P missing", t[:24], [None] * 24)
        add("past the optimum", [30.0 + 2 * i for i in range(12)], [100.0] * 12)
        add("other coefficients", t[:48], p[:48], F=1.5, b=0.06, c=0.0005, K=2.0, a=0.8)

    write("hashimoto_2015", monthly("hashimoto_2015", coefficients, exact, again, True, [], more))


def lloyd_taylor():
    def exact(t, _p, _b, c):
        if t < -40:
            return mp.mpf(0)
        return c["R10"] * mp.exp(c["E0"] * (1 / (10 - c["T0"]) - 1 / (t - c["T0"])))

    def again(t, _p, _b, c):
        alive = np.where(t >= -40, t, np.where(np.isnan(t), np.nan, 0))
        rate = c["R10"] * np.exp(c["E0"] / (10 - c["T0"])) * np.exp(-c["E0"] / (alive - c["T0"]))
        return np.where(t < -40, 0, rate)

    rates = [(-10, 0.09393314241460084), (0, 0.6042719812444142), (10, 2.0), (20, 4.6063914935927), (30, 8.518567270280904)]

    def more(add, t, p):
        add("-40 is the last degree", [-40.0, -40.000003814697266, -39.75, -45.0, -60.0, -46.02, -41.0, -40.0, -30.0, -20.0, -10.0, 0.0], [0.0] * 12)
        add("other coefficients", t[:48], p[:48], R10=1.4, E0=250.0, T0=-48.0)

    write("lloyd_taylor", monthly("lloyd_taylor", {"R10": 2.0, "E0": 308.56, "T0": -46.02}, exact, again, False,
                                  [("lloyd_taylor", t, 0, 0, rate, {}) for t, rate in rates], more))


def q10():
    rates = [(0, 1.0), (10, 2.0), (20, 4.0), (25, 5.656854249492381)]

    def more(add, t, p):
        add("other coefficients", t[:48], p[:48], Rref=1.3, Q10=1.62, Tref=15.0)
        add("Q10 of 1: no temperature", t[:24], p[:24], Q10=1.0)

    write("q10", monthly("q10", {"Rref": 2.0, "Q10": 2.0, "Tref": 10.0},
                         lambda t, _p, _b, c: c["Rref"] * mp.power(c["Q10"], (t - c["Tref"]) / 10),
                         lambda t, _p, _b, c: c["Rref"] * np.exp2(np.log2(c["Q10"]) * (t - c["Tref"]) / 10), False,
                         [("q10", t, 0, 0, rate, {}) for t, rate in rates], more))


def pei():
    coefficients = {"c": 0.22, "a": 0.0912, "b": 0.3145, "days": 30.0, "carbon": 0.465}
    cases = []

    def month(t, p, c):
        return c["c"] * (mp.exp(c["a"] * t) + mp.log(c["b"] * max(mp.mpf(p), mp.mpf(0)) + 1)) * c["days"] * c["carbon"]

    def years(t, p, params):
        c = {k: mp.mpf(params[k]) for k in coefficients}
        months = [None if a is None or b is None else month(mp.mpf(a), b, c) for a, b in zip(t, p)]
        thirty = params.get("days_of_month") == "30"
        out = months_to_years(months, params["min_months"], params["first_year"], "sum", thirty)
        d = {k: params[k] for k in coefficients}
        again = d["c"] * d["days"] * d["carbon"] * (np.exp(d["a"] * nan(t)) + np.log1p(d["b"] * np.clip(nan(p), 0, None)))
        agree(out, numpy_years(again, params["min_months"], params["first_year"], "sum", thirty), 1e-13, "pei")
        return out

    def add(name, t, p, worked=None, **change):
        params = {**coefficients, "min_months": 12, "first_year": 2001, **change}
        t, p = f32(t), f32(p)
        cases.append(case(name, SOURCE, params, {"temperature": t, "precipitation": p}, {"rh": years(t, p, params)}, **({"worked": worked} if worked else {})))

    for t, p, rh, other in [(20, 150, 30.909235668424245, 30.94730843059697), (-5, 10, 6.308994324229743, 6.308021980003029), (28, 200, 52.2055676368319, 52.316173325180095)]:
        for a, value in [(0.0912, rh), (0.0913, other)]:
            exact = {k: mp.mpf(str(v)) for k, v in {**coefficients, "a": a}.items()}
            agree(month(mp.mpf(t), p, exact), value, 1e-12, f"pei_{t}_{p}")
            add(f"pei_{t}_{p}, a = {a}", [t] * 12, [p] * 12, a=a, worked={"id": f"pei_{t}_{p}", "month": value})
    for a, value in [(0.0912, 426.5673260558061), (0.0913, 427.30786180798566)]:
        exact = {k: mp.mpf(str(v)) for k, v in {**coefficients, "a": a}.items()}
        agree(mp.fsum(month(mp.mpf(str(t)), p, exact) for t, p in zip(NANNING_T, NANNING_P)), value, 1e-12, "pei_annual")
        add(f"pei_annual, a = {a}", NANNING_T, NANNING_P, a=a, worked={"id": "pei_annual", "sum12": value})
    rng = np.random.default_rng(209)
    t, p = seasonal(rng, 20)
    add("20 years", t, p)
    add("a leap year does not lengthen the month of the formula", NANNING_T, NANNING_P, first_year=2004)
    add("gaps, min_months 12", gaps(t[:60], [7, 30]), gaps(p[:60], [7, 8]))
    add("gaps, min_months 11", gaps(t[:60], [7, 30]), gaps(p[:60], [7, 8]), min_months=11)
    add("29 February missing", gaps(t[:12], [1]), p[:12], min_months=11, first_year=2016)
    add("29 February missing, months of 30 days", gaps(t[:12], [1]), p[:12], min_months=11, first_year=2016, days_of_month="30")
    add("no rain", t[:24], [0.0] * 24)
    add("P below 0 is 0", t[:24], [-20.0 if i % 4 == 0 else v for i, v in enumerate(p[:24])])
    add("all missing", [None] * 24, [None] * 24)
    add("cold and dry", [-44.0 + 2 * i for i in range(12)], [0.25 * i for i in range(12)])
    add("other coefficients", t[:48], p[:48], c=0.3, a=0.08, b=0.2, days=30.4375, carbon=0.5)
    write("pei", cases)


# ------------------------------------------------------------------------------------------------------------- annual model


def tpc():
    coefficients = {"F": 1.55, "Q": 0.031, "K": 0.68, "C": 2.23}
    cases = []

    def year(t, p, soc, c):
        p, soc = max(mp.mpf(p), mp.mpf(0)) / 1000, max(mp.mpf(soc), mp.mpf(0))
        return 1000 * c["F"] * mp.exp(c["Q"] * t) * p / (p + c["K"]) * soc / (soc + c["C"])

    def add(name, t, p, soc, worked=None, **change):
        params = {**coefficients, **change}
        t, p, soc = f32(t), f32(p), f32([soc])
        c = {k: mp.mpf(params[k]) for k in coefficients}
        rs = [None if None in (a, b, soc[0]) else year(mp.mpf(a), b, soc[0], c) for a, b in zip(t, p)]
        pa, sa = np.clip(nan(p), 0, None), np.clip(nan(soc), 0, None)
        again = params["F"] * 1e3 * np.exp(params["Q"] * nan(t)) * (1 - params["K"] * 1e3 / (params["K"] * 1e3 + pa)) * (1 - params["C"] / (params["C"] + sa))
        agree(rs, again, 1e-12, name, floor=1e-9)
        cases.append(case(name, SOURCE, params, {"temperature": t, "precipitation": p, "soc": soc}, {"rs": rs}, **({"worked": worked} if worked else {})))

    agree(year(mp.mpf(20), 1500, 4, {k: mp.mpf(str(v)) for k, v in coefficients.items()}), 1272.9196392986717, 1e-12, "tpc_chen2010")
    add("tpc_chen2010", [20], [1500], 4, worked={"id": "tpc_chen2010", "kgC_m2_yr": 1.2729196392986717})
    rng = np.random.default_rng(210)
    t, p = draw(rng.normal(20, 1, 20), 3), draw(rng.gamma(20, 70, 20), 2)
    add("20 years", t, p, 3.5)
    add("other coefficients", t, p, 3.5, F=1.2, Q=0.04, K=0.5, C=3.0)
    add("gaps", gaps(t, [0, 4]), gaps(p, [4, 5, 19]), 3.5)
    add("no soil carbon known", t, p, None)
    add("soil carbon of 0 and below", t, p, -1.0)
    add("no rain", t, [0.0] * 20, 3.5)
    add("P below 0 is 0", t, [-1.0 if i % 3 == 0 else v for i, v in enumerate(p)], 3.5)
    add("cold, hot, dry and wet", [-30.0, -10.0, 0.0, 30.0, 35.0], [10.0, 100.0, 1000.0, 5000.0, 12000.0], 30.0)
    add("all missing", [None] * 5, [None] * 5, 4.0)
    write("tpc", cases)


def raich_schlesinger_1992():
    coefficients = {"a": 9.26, "b": 0.0127, "c": 289.0}
    cases = []

    def year(t, p, c):
        return max(c["a"] * t + c["b"] * t * max(mp.mpf(p), mp.mpf(0)) + c["c"], mp.mpf(0))

    def add(name, t, p, worked=None, **change):
        params = {**coefficients, **change}
        t, p = f32(t), f32(p)
        c = {k: mp.mpf(params[k]) for k in coefficients}
        rs = [None if None in (a, b) else year(mp.mpf(a), b, c) for a, b in zip(t, p)]
        again = np.clip(nan(t) * (params["a"] + params["b"] * np.clip(nan(p), 0, None)) + params["c"], 0, None)
        agree(rs, again, 1e-12, name, floor=1e-9)
        cases.append(case(name, SOURCE, params, {"temperature": t, "precipitation": p}, {"rs": rs}, **({"worked": worked} if worked else {})))

    agree(year(mp.mpf(20), 1500, {k: mp.mpf(str(v)) for k, v in coefficients.items()}), 855.2, 1e-12, "raich_schlesinger1992")
    add("raich_schlesinger1992", [20], [1500], worked={"id": "raich_schlesinger1992", "gC_m2_yr": 855.2})
    rng = np.random.default_rng(214)
    t, p = draw(rng.normal(20, 1, 20), 3), draw(rng.gamma(20, 70, 20), 2)
    add("20 years", t, p)
    add("other coefficients", t, p, a=8.0, b=0.02, c=150.0)
    add("gaps", gaps(t, [0, 4]), gaps(p, [4, 5, 19]))
    add("no rain", t, [0.0] * 20)
    add("P below 0 is 0", t, [-1.0 if i % 3 == 0 else v for i, v in enumerate(p)])
    add("cold, where the flux ends at 0", [-31.25, -31.0, -20.0, -10.0, -5.0, 0.0], [0.0, 0.0, 500.0, 1500.0, 1000.0, 800.0])
    add("hot, dry and wet", [30.0, 35.0, 35.0], [10.0, 100.0, 12000.0])
    add("all missing", [None] * 5, [None] * 5)
    write("raich_schlesinger_1992", cases)


# ------------------------------------------------------------------------------------------------ Rh from annual sums of Rs


def of_rs(kernel, coefficients, exact, again, worked, more, row=None):
    """Cases of a model that takes annual sums of Rs; `worked` are the numbers before the clamp, `row` is as for `monthly`."""
    cases = []

    def add(name, rs, worked=None, **change):
        params = {**({"model": row} if row else {}), **coefficients, "first_year": 2001, **change}
        name = f"{row}: {name}" if row else name
        rs = f32(rs)
        c = {k: mp.mpf(v) if isinstance(v, float) else v for k, v in params.items()}
        one = lambda v, y: None if v is None else mp.mpf(0) if v <= 0 else min(max(exact(mp.mpf(v), c, y), mp.mpf(0)), mp.mpf(v))
        rh = [one(v, params["first_year"] + y) for y, v in enumerate(rs)]
        a = nan(rs)
        with np.errstate(invalid="ignore", divide="ignore"):
            there = np.where(np.isnan(a), np.nan, np.where(a > 0, np.clip(again(np.where(a > 0, a, 1.0), params), 0, np.maximum(a, 0)), 0))
        agree(rh, there, 1e-12, f"{kernel}: {name}", floor=1e-9)
        cases.append(case(name, SOURCE, params, {"rs": rs}, {"rh": rh}, **({"worked": worked} if worked else {})))

    for id_, rs, value, change in worked:
        c = {**coefficients, **change}
        c = {k: mp.mpf(str(v)) if isinstance(v, float) else v for k, v in c.items()}
        agree(exact(mp.mpf(str(rs)), c, 2001), value, 1e-12, id_)
        add(f"{id_}{''.join(f', {v}' for v in change.values())}", [rs], worked={"id": id_, "rs": rs, "unclamped": value}, **change)
    rng = np.random.default_rng(sum(map(ord, row or kernel)))
    rs = draw(rng.normal(880, 60, 20), 3)
    add("20 years", rs)
    add("gaps", gaps(rs, [0, 4, 5, 19]))
    add("all missing", [None] * 20)
    add("zero and below", [0.0, -0.0, -1.0, -500.0, 1e-30, 1.0])
    add("nine powers of ten", [10.0 ** e for e in range(-4, 5)])
    add("seven times twelve months of 75, as a year", [900.0] * 7, worked={"id": "rs_rh_monthly_trap"} if kernel == "log_log" else None)
    more(add, rng)
    return cases


# Each row of the equation: intercept, slope, Rh before the clamp at Rs of 50, 400, 900 and 890.79, and the Rs below which Rh is Rs.
LOG_LOG = {
    "bond-lamberty-2004": (1.22, 0.73, [58.89621304641044, 268.7466513816057, 485.77627442735934, 482.1423797247632], 91.69964597046769),
    "bond-lamberty-2010": (0.22, 0.87, [37.46698011152616, 228.73729370863552, 463.1650379799358, 459.03878423332884], 5.432001640742895),
    "hashimoto-2015": (1.22, 0.73, [58.89621304641044, 268.7466513816057, 485.77627442735934, 482.1423797247632], 91.69964597046769),
}


def log_log():
    cases = []
    for row, (intercept, slope, worked, fixed_point) in LOG_LOG.items():
        agree(mp.exp(mp.mpf(str(intercept)) / (1 - mp.mpf(str(slope)))), fixed_point, 1e-12, "rs_rh_fixed_points")

        def more(add, rng):
            add("around the Rs below which Rh is Rs", [fixed_point * f for f in (0.9, 0.99, 0.999999, 1.000001, 1.01, 1.1)])
            add("other coefficients", draw(rng.uniform(1, 2000, 20), 3), intercept=0.876, slope=0.793)
            add("a slope over 1", draw(rng.uniform(1, 2000, 10), 3), intercept=-1.0, slope=1.1)

        column = zip(["rs_rh_50", "rs_rh_400", "rs_rh_900", "rs_rh_890"], [50.0, 400.0, 900.0, 890.7901295277021], worked)
        cases += of_rs("log_log", {"intercept": intercept, "slope": slope}, lambda v, c, _: mp.exp(c["intercept"] + c["slope"] * mp.log(v)),
                       lambda v, c: np.exp(c["intercept"]) * v ** c["slope"], [(*one, {}) for one in column], more, row)
    write("log_log", cases)


def subke_2006():
    agree(mp.exp(mp.mpf("0.482") / mp.mpf("0.138")), 32.87635226501038, 1e-12, "rs_rh_fixed_points")

    def more(add, rng):
        add("around the Rs below which Rh is Rs", [30.0, 32.0, 32.876, 32.877, 33.0, 40.0])
        add("where the share comes to 0", [4e4, 4.6e4, 4.62e4, 5e4, 1e6])
        add("other coefficients", draw(rng.uniform(1, 2000, 20), 3), intercept=1.1, slope=0.08)

    write("subke_2006", of_rs(
        "subke_2006", {"intercept": 1.482, "slope": 0.138}, lambda v, c, _: v * (c["intercept"] - c["slope"] * mp.log(v)),
        lambda v, c: v * c["intercept"] - c["slope"] * v * np.log(v),
        [("rs_rh_50", 50.0, 47.10704126254579, {}), ("rs_rh_400", 400.0, 262.07115699963936, {}), ("rs_rh_900", 900.0, 488.94257039512047, {}),
         ("rs_rh_890", 890.7901295277021, 485.2035652906225, {})], more))


def power():
    def days(year):
        return int(np.datetime64(f"{year + 1:04d}-01-01") - np.datetime64(f"{year:04d}-01-01") == np.timedelta64(366, "D")) + 365

    def one(c, year):
        return 1000 if c["unit"] == "kgC m-2 yr-1" else 360 if c.get("days_of_month") == "30" else days(year)

    def exact(v, c, year):
        return c["factor"] * mp.power(v / one(c, year), c["exponent"]) * one(c, year)

    def again(v, c):
        ones = np.array([one(c, c["first_year"] + y) for y in range(len(v))], float)
        return c["factor"] * np.exp(c["exponent"] * (np.log(v) - np.log(ones))) * ones

    c = {"factor": mp.mpf("0.6163"), "exponent": mp.mpf("0.7918"), "unit": "gC m-2 d-1"}
    agree(c["factor"] * mp.power(mp.mpf("2.4"), c["exponent"]), 1.232660356571001, 1e-12, "rs_rh_power_daily")
    agree(exact(mp.mpf("2.4") * 365, c, 2001) / 365, 1.232660356571001, 1e-12, "rs_rh_power_daily")

    def more(add, rng):
        add("rs_rh_power_daily, 2.4 a day in years of 365 and 366 days", [2.4 * 365, 2.4 * 365, 2.4 * 365, 2.4 * 366], worked={"id": "rs_rh_power_daily", "daily": 1.232660356571001})
        add("rs_rh_power_daily, years of 360 days", [2.4 * 360] * 4, days_of_month="30", worked={"id": "rs_rh_power_daily", "daily": 1.232660356571001})
        add("around the rate below which Rh is Rs", [365 * 0.0978039135487068 * f for f in (0.5, 0.99, 1.01, 2.0)])
        add("other coefficients", draw(rng.uniform(1, 2000, 20), 3), factor=0.592, exponent=0.714)
        add("kilograms", draw(rng.uniform(1, 2000, 20), 3), unit="kgC m-2 yr-1")

    kg = {"unit": "kgC m-2 yr-1"}
    write("power", of_rs(
        "power", {"factor": 0.6163, "exponent": 0.7918, "unit": "gC m-2 d-1"}, exact, again,
        [("rs_rh_50", 50.0, 57.49586566661787, kg), ("rs_rh_400", 400.0, 298.33435568269465, kg), ("rs_rh_900", 900.0, 566.9717062394063, kg),
         ("rs_rh_890", 890.7901295277021, 562.3728248443912, kg)], more))


# -------------------------------------------------------------------------------------------------- ensembles and Monte Carlo


def nep_mean():
    rng = np.random.default_rng(211)
    cases = []

    def add(name, npp, rh, min_years):
        npp, rh = f32(npp), f32(rh)
        both = [mp.mpf(a) - mp.mpf(b) for a, b in zip(npp, rh) if a is not None and b is not None]
        exact = mp.fsum(both) / len(both) if len(both) >= min_years else None
        if exact is not None:
            pairs = [Fraction(a) - Fraction(b) for a, b in zip(npp, rh) if a is not None and b is not None]
            agree(exact, float(sum(pairs) / len(pairs)), 1e-14, name)
        cases.append(case(name, "mpmath 50 digits; fractions", {"min_years": min_years}, {"npp": npp, "rh": rh}, {"mean": [exact]}))

    n, r = draw(rng.normal(900, 40, 20), 1), draw(rng.normal(480, 20, 20), 4)
    add("20 years", n, r, 15)
    add("gaps in npp", gaps(n, [0, 7, 19]), r, 15)
    add("gaps in both", gaps(n, [1, 2]), gaps(r, [2, 3]), 15)
    add("exactly min_years", gaps(n, [1, 2, 3]), gaps(r, [18, 19]), 15)
    add("one below min_years", gaps(n, [1, 2, 3]), gaps(r, [17, 18, 19]), 15)
    add("all of npp missing", [None] * 20, r, 15)
    add("all of rh missing", n, [None] * 20, 4)
    add("nearly balanced", [500.0, 500.0001, 499.9999, 500.5], [500.0, 500.0, 500.25, 500.25], 4)
    add("constant", [712.5] * 8, [300.25] * 8, 6)
    write("nep_mean", cases)


def spread():
    rng = np.random.default_rng(212)
    cases = []

    def add(name, x):
        x = f32(x)
        v = [mp.mpf(a) for a in x if a is not None]
        n = len(v)
        mean = mp.fsum(v) / n if n else None
        sd = mp.sqrt(mp.fsum((a - mean) ** 2 for a in v) / (n - 1)) if n > 1 else None
        out = {"mean": mean, "sd": sd, "min": min(v) if n else None, "max": max(v) if n else None, "positive": mp.mpf(sum(a > 0 for a in v)) / n if n else None, "n": n}
        if n > 1:
            plain = [float(a) for a in v]
            agree(out["sd"], statistics.stdev(plain), 1e-12, name, floor=1e-300)
            agree([out["mean"], out["positive"]], [statistics.fmean(plain), np.mean(np.array(plain) > 0)], 1e-12, name, floor=1e-12)
        cases.append(case(name, "mpmath 50 digits; statistics.stdev", {}, {"x": x}, {k: [v] for k, v in out.items()}))

    add("twenty draws", draw(rng.normal(410, 35, 20), 3))
    add("source or sink", draw(rng.normal(5, 30, 24), 3))
    add("no positive one", draw(rng.normal(-400, 30, 12), 3))
    add("zero is no sink", [0.0, -0.0, 1.0, -1.0])
    add("members missing", gaps(draw(rng.normal(410, 35, 12), 3), [0, 1, 7, 11]))
    add("a single member", gaps([5.0, 6.0, 7.5, 8.0], [0, 1, 3]))
    add("none", [None] * 6)
    add("equal", [float(np.float32(0.1))] * 9)
    add("huge and tiny", [1e30, 1e-30, 2e30, -1e30])
    add("a small spread on a large mean", [1e4 + 0.0078125 * i for i in range(16)])
    write("spread", cases)


MASK = 2**64 - 1


def mix(x):
    """SplitMix64: the output for the state after x."""
    z = (x + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(seed, name, number, attempt=0):
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    return ((mix((mix(mix(seed) ^ key) + (number << 8) + attempt) & MASK) >> 11) + 0.5) / 2**53


def drawn(seed, name, how, count, sensible=lambda value: True):
    """`how` is ("normal", mean, sd) or ("uniform", low, high); the quantile is scipy's."""
    values = []
    for number in range(1, count + 1):
        for attempt in range(200):
            u = uniform(seed, name, number, attempt)
            value = how[1] + how[2] * float(scipy.special.ndtri(u)) if how[0] == "normal" else how[1] + (how[2] - how[1]) * u
            if sensible(value):
                break
        values.append(value)
    return values


def draws():
    # The published first outputs of SplitMix64 for the seed 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
    state, first = 1234567, []
    for _ in range(3):
        first.append(mix(state))
        state = (state + 0x9E3779B97F4A7C15) & MASK
    assert first == [6457827717110365317, 3203168211198807973, 9817491932198370423], first
    cases = []
    for name, seed, how, must, count in [
        ("gsmsr.R0", 1, ("normal", 0.588, 0.06), "finite", 200), ("gsmsr.R0", 2, ("normal", 0.588, 0.06), "finite", 50),
        ("gsmsr.M", 1, ("uniform", 0.1, 0.13), "finite", 200), ("gsmsr.K", 1, ("normal", 1.0, 1.5), "positive", 200),
        ("fraction.fraction", 1, ("normal", 0.9, 0.2), "share", 200), ("pei.a", 2**63 - 1, ("uniform", -1.0, 1.0), "finite", 50),
        ("bond-lamberty-2004.slope", 0, ("normal", 0.73, 0.01), "finite", 50), ("q10.Q10", 7, ("uniform", -3.0, 3.0), "positive", 100)]:
        sensible = {"finite": lambda v: True, "positive": lambda v: v > 0, "share": lambda v: 0 <= v <= 1}[must]
        values = drawn(seed, name, how, count, sensible)
        cases.append(case(f"{name}, seed {seed}", "SplitMix64 in whole numbers of Python; scipy.special.ndtri",
                          {"name": name, "seed": seed, "distribution": how[0], "first": how[1], "second": how[2], "must": must}, {}, {"values": values}))
    write("draws", cases)


def monte_carlo():
    """NEP of three places with 40 draws of four coefficients, every step in 50 digits; numpy float64 beside it."""
    rng = np.random.default_rng(213)
    years, count, seed = 6, 40, 7
    how = {"gsmsr.R0": ("normal", 0.588, 0.06), "gsmsr.M": ("uniform", 0.1, 0.13), "bond-lamberty-2004.intercept": ("normal", 1.22, 0.05),
           "bond-lamberty-2004.slope": ("normal", 0.73, 0.02 * 0.73)}
    values = {name: drawn(seed, name, one, count) for name, one in how.items()}
    params = {"min_months": 12, "first_year": 2001, "min_years": 5, "seed": seed, "draws": count,
              "distributions": {name: {"distribution": one[0], "first": one[1], "second": one[2]} for name, one in how.items()}, "drawn": values}
    cases = []
    for place, (soc, level) in enumerate([(3.5, 700.0), (6.0, 480.0), (2.0, 520.0)]):
        t, p = seasonal(rng, years)
        npp = draw(rng.normal(level, 30, years), 1)
        if place == 2:
            npp = gaps(npp, [4])
        means = []
        for d in range(count):
            c = {**GSMSR, "R0": values["gsmsr.R0"][d], "M": values["gsmsr.M"][d], "denominator": "P+K", "min_months": 12, "first_year": 2001}
            law = {"intercept": values["bond-lamberty-2004.intercept"][d], "slope": values["bond-lamberty-2004.slope"][d]}
            rh = [bl2004(v, law) for v in gsmsr_years(t, p, soc, c)]
            both = [mp.mpf(a) - b for a, b in zip(npp, rh) if a is not None]
            means.append(mp.fsum(both) / len(both))
            # float64, from the rates on
            rate = gsmsr_numpy(t, p, soc, c, "P+K")
            rs = numpy_years(rate, 12, 2001, "rate")
            again = np.nanmean(np.array([np.nan if a is None else a for a in npp]) - np.minimum(np.exp(law["intercept"]) * rs ** law["slope"], rs))
            agree(means[-1], again, 1e-11, "monte_carlo")
        m = mp.fsum(means) / count
        expected = {"mean": m, "sd": mp.sqrt(mp.fsum((x - m) ** 2 for x in means) / (count - 1)), "p_sink": mp.mpf(sum(x > 0 for x in means)) / count, "draws": means}
        cases.append(case(f"place {place + 1}", "mpmath 50 digits with the draws of numpy and scipy; numpy float64", params,
                          {"temperature": t, "precipitation": p, "soc": [soc], "npp": npp}, expected))
    assert any(0 < float(c["expected"]["p_sink"]) < 1 for c in cases)
    write("monte_carlo", cases)


MODELS = [nep_mean, spread, draws, monte_carlo, tpc, raich, hashimoto_2015, lloyd_taylor, q10, raich_schlesinger_1992, log_log, subke_2006, power, pei]
