#!/usr/bin/env python3
"""Check a finished Doline run against numpy, scipy and rasterio, from the input files on.

    python3 scripts/check_run.py STUDY.toml [OUT] [--strict] [--allow-missing] [--json FILE]

Reads the study file, its inputs (rasters on one grid) and the maps and tables of the run; computes every layer again in
float64 and prints, for each layer, the greatest absolute and relative difference, the worst difference as a part of its
tolerance, and the pixels where one is missing and the other is not. OUT overrides `output.dir`.

Tolerances: 1e-5 relative (1e-5 absolute near 0) on fluxes, slopes and coefficients, 1e-3 relative on p above 1e-6, counts
and classes exact. Differences of large numbers are held to the numbers they are the difference of, statistics to what the
rounding of the float32 layers they start from allows, coefficients of collinear predictors to 1e-5 times their VIF;
`--strict` drops these allowances. A class may differ where p or the slope lies on its limit.

Exit code: 0 all within tolerance, 1 not, 2 a study that this script does not cover.
Needs Python 3.11, numpy, scipy and rasterio.
"""

import argparse
import csv
import glob
import json
import math
import re
import sys
import tomllib
import warnings
from pathlib import Path

import numpy as np
import rasterio
import scipy.special
import scipy.stats

EPS = 2e-7  # float32 layers carry each value to about this, after a few operations
STATE = {"strict": False}


class NotCovered(Exception):
    """The study asks for something that this script does not recompute."""


# ------------------------------------------------------------------------------------------------------------- the inputs

DAY = "per day"  # times the days of the step
SEC = "per second"
UNITS = {
    "npp": {"gC m-2 yr-1": 1, "gC m-2": 1, "kgC m-2 yr-1": 1e3, "kgC m-2": 1e3, "tC ha-1 yr-1": 100, "MgC ha-1 yr-1": 100, "tC ha-1": 100},
    "soc": {"kgC m-2": 1, "kg m-2": 1, "gC m-2": 1e-3, "g m-2": 1e-3, "tC ha-1": 0.1, "t ha-1": 0.1, "MgC ha-1": 0.1, "Mg ha-1": 0.1},
    "temperature": {"degC": 1, "C": 1, "Celsius": 1, "celsius": 1, "°C": 1, "K": "kelvin", "kelvin": "kelvin", "Kelvin": "kelvin"},
    "precipitation": {"mm month-1": 1, "mm": 1, "kg m-2": 1, "kg m-2 month-1": 1, "m": 1e3, "m month-1": 1e3, "cm": 10, "cm month-1": 10, "mm yr-1": 1,
                      "mm d-1": (1, DAY), "kg m-2 d-1": (1, DAY), "m d-1": (1e3, DAY), "mm s-1": (1, SEC), "kg m-2 s-1": (1, SEC)},
    "radiation": {"MJ m-2 month-1": 1, "MJ m-2": 1, "MJ m-2 yr-1": 1, "kJ m-2": 1e-3, "J m-2": 1e-6, "MJ m-2 d-1": (1, DAY), "kJ m-2 d-1": (1e-3, DAY),
                  "J m-2 d-1": (1e-6, DAY), "W m-2": (1e-6, SEC)},
}


def unit_of(name, text):
    """Factor and days: ("kelvin", ...) or (number, DAY | SEC | None)."""
    if name not in UNITS or not text:
        return 1.0, None
    word = text.strip().replace("**", "").replace("^", "").replace("day-1", "d-1").replace("year-1", "yr-1").replace("a-1", "yr-1").replace("mon-1", "month-1")
    word = re.sub(r"/\s*(m2|yr|year|d|day|s|month|ha)\b", lambda m: " " + {"m2": "m-2", "year": "yr-1", "day": "d-1"}.get(m[1], m[1] + "-1"), word)
    word = re.sub(r"\b(k?g|t|Mg) C\b", r"\1C", re.sub(r"\s+", " ", word))
    if word not in UNITS[name]:
        raise NotCovered(f"inputs.{name}: unit {text!r}")
    found = UNITS[name][word]
    return found if isinstance(found, tuple) else (found, None)


def days_of_months(years):
    edges = np.arange(np.datetime64(f"{years[0]:04d}-01"), np.datetime64(f"{years[1] + 1:04d}-01") + 1, dtype="datetime64[M]")
    return np.diff(edges.astype("datetime64[D]")).astype(float)


def paths_of(name, table, root, years):
    """The input's files with the times that their names tell: [(path, year or None, month or None)]."""
    files = table["files"]
    if isinstance(files, list):
        return [(root / f, *time_of_name(Path(f).stem)) for f in files]
    if "{year}" in files:
        months = range(1, 13) if "{month}" in files else [None]
        out = []
        for year in range(years[0], years[1] + 1):
            for month in months:
                path = root / files.replace("{year}", f"{year:04d}").replace("{month}", f"{month or 0:02d}")
                if not path.exists() and any(c in str(path) for c in "*?["):
                    found = sorted(glob.glob(str(path)))
                    if len(found) != 1:
                        raise NotCovered(f"inputs.{name}: {path} matches {len(found)} files")
                    path = Path(found[0])
                out.append((path, year, month))
        return out
    if any(c in files for c in "*?["):
        return [(Path(f), *time_of_name(Path(f).stem)) for f in sorted(glob.glob(str(root / files), recursive=True))]
    return [(root / files, *time_of_name(Path(files).stem))]


def time_of_name(stem):
    """Year and month in a file's name; a range of years, as in 1982-2013, gives its first."""
    year, month = r"(?<!\d)((?:1[5-9]|20|21)\d\d)", "(0[1-9]|1[0-2])"
    for pattern in (rf"{year}[-_.]?{month}(?:[-_.]?[0-3]\d)?(?!\d)", rf"{year}(?:[0-3]\d\d)?(?!\d)"):
        found = re.search(pattern, stem)
        if found:
            return int(found[1]), int(found[2]) if found.lastindex == 2 else None
    return None, None


def time_of_band(dataset, band):
    words = [dataset.descriptions[band - 1] or "", *(v for k, v in dataset.tags(band).items() if k.lower() in ("time", "date", "year"))]
    for word in words:
        found = re.match(r"^\D*((?:1[5-9]|20|21)\d\d)(?:[-_/.]?(0[1-9]|1[0-2]))?(?!\d)", word)
        if found:
            return int(found[1]), int(found[2]) if found[2] else None
    return None, None


class Input:
    """One input on the study grid: `data` is [step, y, x] in the engine's unit, NaN where missing."""

    def __init__(self, name, table, root, years):
        self.name = name
        n_years = years[1] - years[0] + 1
        entries = []  # (path, band, year, month)
        for path, year, month in paths_of(name, table, root, years):
            if not path.exists():
                raise NotCovered(f"inputs.{name}: no file {path}")
            with rasterio.open(path) as dataset:
                count = dataset.count
                told = [time_of_band(dataset, b) for b in range(1, count + 1)]
                if count > 1 and len(set(told)) == count and None not in [y for y, _ in told]:
                    entries += [(path, b + 1, *told[b]) for b in range(count)]
                    continue
                start = year if year is not None else years[0]
                if count == 1:
                    entries.append((path, 1, year, month))
                elif count == 12 and (n_years == 1 or "{year}" in str(table["files"]) or (year is not None and count != n_years)):
                    entries += [(path, b, start, b) for b in range(1, 13)]
                elif name != "npp" and count % 12 == 0 and (name in ("temperature", "precipitation") or count >= 12 * n_years):
                    entries += [(path, b + 1, start + b // 12, b % 12 + 1) for b in range(count)]
                else:
                    entries += [(path, b + 1, start + b, None) for b in range(count)]
        if not entries:
            raise NotCovered(f"inputs.{name}: no file matches")
        self.static = name == "soc" or (len(entries) == 1 and n_years > 1)
        if not self.static and len(entries) > 1 and all(e[2] is None for e in entries):
            per = 12 if len(entries) == 12 * n_years else 1
            entries = [(p, b, years[0] + i // per, i % per + 1 if per == 12 else None) for i, (p, b, _, _) in enumerate(entries)]
        self.monthly = not self.static and any(e[3] is not None for e in entries)
        if self.static:
            wanted = [entries[0]]
        else:
            have = {}
            for entry in entries:
                key = (entry[2], entry[3])
                if key in have:
                    raise NotCovered(f"inputs.{name}: {key} twice, in {have[key][0]} and {entry[0]}")
                have[key] = entry
            keys = [(y, m) for y in range(years[0], years[1] + 1) for m in (range(1, 13) if self.monthly else [None])]
            lacking = [k for k in keys if k not in have]
            if lacking:
                raise NotCovered(f"inputs.{name}: no band for {lacking[:3]}")
            wanted = [have[k] for k in keys]
        days = days_of_months(years)
        if not self.monthly:
            days = days.reshape(n_years, 12).sum(1)
        layers, opened = [], {}
        try:
            for step, (path, band, _, _) in enumerate(wanted):
                dataset = opened.get(path)
                if dataset is None:
                    for other in opened.values():
                        other.close()
                    opened = {path: rasterio.open(path)}
                    dataset = opened[path]
                grid = (dataset.height, dataset.width, tuple(dataset.transform)[:6])
                if not layers:
                    self.height, self.width, self.transform, self.crs, self.grid = dataset.height, dataset.width, dataset.transform, dataset.crs, grid
                elif not same_grid(grid, self.grid):
                    raise NotCovered(f"inputs.{name}: {path} has another grid than the files before it")
                layers.append(self.decode(dataset, band, table, days[step] if not self.static else None))
        finally:
            for dataset in opened.values():
                dataset.close()
        self.data = np.stack(layers)

    def decode(self, dataset, band, table, days):
        stored = dataset.read(band)
        missing = np.zeros(stored.shape, bool)
        nodata = dataset.nodatavals[band - 1]
        for value in [nodata, *np.atleast_1d(table.get("nodata", []))]:
            if value is not None and not math.isnan(value):
                missing |= stored == (np.float32(value) if stored.dtype == np.float32 else value)
        x = stored.astype(float)
        missing |= ~np.isfinite(x)
        if "valid_range" in table:
            low, high = table["valid_range"]
            missing |= (x < low) | (x > high)
        x = x * table.get("scale", dataset.scales[band - 1]) + table.get("offset", dataset.offsets[band - 1])
        factor, per = unit_of(self.name, table.get("units") or dataset.units[band - 1])
        if factor == "kelvin":
            x = x - 273.15
        else:
            x = x * factor * (1 if per is None else days if per == DAY else days * 86400)
        x[missing] = np.nan
        return x


def same_grid(a, b):
    return a[:2] == b[:2] and np.allclose(a[2], b[2], rtol=1e-9, atol=1e-9 * max(abs(v) for v in a[2]))


# --------------------------------------------------------------------------------------------------------------- the chain


def yearly(x, years, min_months, weigh, thirty=False):
    """[months, pixels] to [years, pixels]: mean, sum, or the year's total of daily rates; short years are brought to the whole by days."""
    days = days_of_months(years).reshape(-1, 12, 1)
    if thirty:
        days = np.full_like(days, 30)
    x = x.reshape(-1, 12, x.shape[1])
    valid = np.isfinite(x)
    filled = np.where(valid, x, 0)
    n = valid.sum(1)
    if weigh == "mean":
        out = filled.sum(1) / n
    else:
        whole, seen = days.sum(1), (days * valid).sum(1)
        out = (filled * days if weigh == "rate" else filled).sum(1) * np.where(n == 12, 1.0, whole / np.where(seen == 0, np.nan, seen))
    return np.where(n >= max(min_months, 1), out, np.nan)


MODELS = {"gsmsr": {"R0": 0.588, "M": 0.118, "alpha": 1.83, "beta": -0.006, "P0": 2.972, "K": 5.657},
          "tpc": {"F": 1.55, "Q": 0.031, "K": 0.68, "C": 2.23}, "raich-2002": {"F": 1.25, "Q": 0.05452, "K": 4.259},
          "raich-potter-1995": {"F": 1.334, "Q": 0.03992, "K": 1.634}, "hashimoto-2015": {"F": 1.68, "b": 0.0528, "c": 0.000628, "K": 1.2, "a": 0.98},
          "lloyd-taylor": {"R10": 2.0, "E0": 308.56, "T0": -46.02}, "q10": {"Rref": 2.0, "Q10": 2.0, "Tref": 10.0},
          "raich-schlesinger-1992": {"a": 9.26, "b": 0.0127, "c": 289.0}}
LAWS = {"bond-lamberty-2004": {"intercept": 1.22, "slope": 0.73}, "bond-lamberty-2010": {"intercept": 0.22, "slope": 0.87},
        "hashimoto-2015": {"intercept": 1.22, "slope": 0.73}, "subke-2006": {"intercept": 1.482, "slope": 0.138},
        "power": {"factor": 0.6163, "exponent": 0.7918}, "pei": {"c": 0.22, "a": 0.0912, "b": 0.3145, "days": 30.0, "carbon": 0.465},
        "fraction": {"fraction": 0.55}}


def needs_of(model):
    return {"gsmsr": ["temperature", "precipitation", "soc"], "tpc": ["temperature", "precipitation", "soc"], "lloyd-taylor": ["temperature"],
            "q10": ["temperature"]}.get(model, ["temperature", "precipitation"])


def word_of(how):
    return how if isinstance(how, str) else next(iter(how))


def coefficients(respiration, table, name, how=None, drawn=None):
    """Published values, those of the study by their symbol or with the name in front, and those of a draw."""
    own = respiration.get("parameters", {})
    chosen = respiration.get("model", "gsmsr")
    out = dict(table[name])
    if isinstance(how, dict) and "fraction" in how:
        out["fraction"] = how["fraction"]
    is_chosen = name == (chosen if table is MODELS else word_of(respiration.get("heterotrophic", "bond-lamberty-2004")))
    for symbol in out:
        if symbol in own and is_chosen and (table is MODELS or symbol not in MODELS[chosen]):
            out[symbol] = own[symbol]
        out[symbol] = own.get(f"{name}.{symbol}", own.get(name, {}).get(symbol, out[symbol]) if isinstance(own.get(name, {}), dict) else out[symbol])
        out[symbol] = (drawn or {}).get(f"{name}.{symbol}", out[symbol])
    return out


def soil_respiration(respiration, model, pixels, annual, years, drawn=None):
    if model not in MODELS:
        raise NotCovered(f"respiration.model = {model!r}")
    c = coefficients(respiration, MODELS, model, drawn=drawn)
    t = pixels["temperature"]
    soc = np.maximum(pixels["soc"][:1], 0) if "soc" in pixels else None
    if model == "tpc":
        p = np.maximum(annual["precipitation"], 0) / 1000
        return 1000 * c["F"] * np.exp(c["Q"] * annual["temperature"]) * p / (p + c["K"]) * soc / (soc + c["C"])
    if model == "raich-schlesinger-1992":
        p = np.maximum(annual["precipitation"], 0)
        return np.maximum(annual["temperature"] * (c["a"] + c["b"] * p) + c["c"], 0)
    cm = np.maximum(pixels["precipitation"], 0) / 10 if "precipitation" in pixels else None
    if model == "gsmsr":
        denominator = respiration.get("denominator", "P+K")
        below = {"P+K": cm + c["K"], "K+P+P0": cm + c["K"] + c["P0"]}.get(denominator)
        if below is None:
            raise NotCovered(f"respiration.denominator = {denominator!r}")
        rate = (c["R0"] + c["M"] * soc) * np.exp(np.log(c["alpha"] * np.exp(c["beta"] * t)) * t / 10) * (cm + c["P0"]) / below
    elif model == "hashimoto-2015":
        before = np.concatenate([cm[11:12], cm[:-1]])
        pe = c["a"] * cm + (1 - c["a"]) * before
        rate = c["F"] * np.exp(c["b"] * t - c["c"] * t * t) * pe / (c["K"] + pe)
    elif model == "lloyd-taylor":
        alive = np.where(t < -40, 10.0, t)
        rate = np.where(t < -40, 0.0, c["R10"] * np.exp(c["E0"] * (1 / (10 - c["T0"]) - 1 / (alive - c["T0"]))))
    elif model == "q10":
        rate = c["Rref"] * c["Q10"] ** ((t - c["Tref"]) / 10)
    else:
        rate = c["F"] * np.exp(c["Q"] * t) * cm / (c["K"] + cm)
    return yearly(rate, years, respiration.get("min_months", 12), "rate", is_thirty(respiration))


def is_thirty(respiration):
    return str(respiration.get("days", "calendar")) == "30"


def heterotrophic(respiration, how, rs, pixels, years, drawn=None):
    word = word_of(how)
    if word not in LAWS:
        raise NotCovered(f"respiration.heterotrophic = {how!r}")
    c = coefficients(respiration, LAWS, word, how, drawn)
    if word == "pei":
        months = c["c"] * (np.exp(c["a"] * pixels["temperature"]) + np.log(c["b"] * np.maximum(pixels["precipitation"], 0) + 1)) * c["days"] * c["carbon"]
        return yearly(months, years, respiration.get("min_months", 12), "sum", is_thirty(respiration))
    positive = np.where(rs > 0, rs, 1.0)
    if word == "fraction":
        rh = c["fraction"] * positive
    elif word == "subke-2006":
        rh = positive * (c["intercept"] - c["slope"] * np.log(positive))
    elif word == "power":
        unit = respiration.get("power_unit", how["power"] if isinstance(how, dict) else "gC m-2 d-1")
        days = np.full((len(rs), 1), 360) if is_thirty(respiration) else days_of_months(years).reshape(-1, 12).sum(1)[:, None]
        one = 1000.0 if unit == "kgC m-2 yr-1" else days
        rh = c["factor"] * (positive / one) ** c["exponent"] * one
    else:
        rh = np.exp(c["intercept"] + c["slope"] * np.log(positive))
    return np.where(np.isnan(rs), np.nan, np.where(rs > 0, np.clip(rh, 0, rs), 0.0))


def mean_nep(npp, rh, min_years):
    nep = npp - rh
    n = np.isfinite(nep).sum(0)
    return np.where(n >= min_years, np.nansum(nep, 0) / np.maximum(n, 1), np.nan)


def spread_layers(means, prefix, largest, positive=None):
    """Maps of the spread of [members, pixels]."""
    n = np.isfinite(means).sum(0)
    mean = np.where(n > 0, np.nansum(means, 0) / np.maximum(n, 1), np.nan)
    sd = np.where(n > 1, np.sqrt(np.nansum((means - mean) ** 2, 0) / np.maximum(n - 1, 1)), np.nan)
    tol = 1e-5 * largest
    layers = {"mean": Layer(mean, tol), "sd": Layer(sd, tol)}
    if positive:
        near = (abs(means) <= tol).sum(0) / np.maximum(n, 1)
        share = np.where(n > 0, (means > 0).sum(0) / np.maximum(n, 1), np.nan)
        layers[positive] = Layer(share, 1e-6 + near)
    else:
        layers |= {"min": Layer(np.where(n > 0, np.nanmin(means, 0), np.nan), tol), "max": Layer(np.where(n > 0, np.nanmax(means, 0), np.nan), tol), "n": Layer(n.astype(float), exact=True)}
    return {f"maps/{prefix}_{name}": layer for name, layer in layers.items()}


# ---------------------------------------------------------------------------------------------------------- the statistics


class Layer:
    """What a layer should be: values, tolerance, and where a difference in class or in what is missing may stand."""

    def __init__(self, value, tol=None, low=None, high=None, soft=None, exact=False):
        self.value, self.tol, self.low, self.high, self.exact = value, tol, low, high, exact
        self.soft = np.zeros(value.shape, bool) if soft is None else soft


def allow(x):
    """An allowance for rounding; nothing when strict."""
    return x * (0.0 if STATE["strict"] else 1.0)


def t_p(r2, df):
    """Two-sided p of a correlation with squared value r2."""
    return scipy.special.betainc(df / 2, 0.5, np.clip(1 - r2, 0, 1))


def f_p(r2, k, df):
    return scipy.special.betainc(df / 2, k / 2, np.clip(1 - r2, 0, 1))


def p_layer(p_of, r2, slack, where):
    """p with the interval that an uncertainty of `slack` in r2 and 1e-3 of itself allow."""
    p, p_high, p_low = p_of(r2), p_of(r2 - slack), p_of(r2 + slack)
    low = np.where(p > 1e-6, p_low * (1 - 1e-3), 0)
    high = np.maximum(p_high * (1 + 1e-3), 1.01e-6)
    blank = lambda x: np.where(where, x, np.nan)
    return Layer(blank(p), low=low, high=high)


def centred(x, valid, n):
    mean = np.where(valid, x, 0).sum(0) / n
    return mean, np.where(valid, x - mean, 0)


def constant(x, valid):
    """Constant as a float32 layer sees it, and nearly so: a spread of a few float32 steps."""
    y = np.float32(x)
    high, low = np.where(valid, y, -np.inf).max(0), np.where(valid, y, np.inf).min(0)
    return high == low, (high - low) <= 8 * np.spacing(np.maximum(abs(high), abs(low)), dtype=np.float32)


def trend(x, size, min_years):
    """Mean, CV and OLS layers of [years, pixels]; `size` is the magnitude of what the values are made of."""
    valid = np.isfinite(x)
    n = valid.sum(0)
    enough = n >= min_years
    safe = np.maximum(n, 1)
    mean, yc = centred(x, valid, safe)
    step = np.arange(len(x))[:, None] * np.ones((1, x.shape[1]))
    tm, tc = centred(step, valid, safe)
    sxx, syy, sxy = (tc * tc).sum(0), (yc * yc).sum(0), (tc * yc).sum(0)
    flat, nearly = constant(x, valid)
    slope = np.where(flat, 0, sxy / sxx)
    r2 = np.where(flat, np.nan, np.clip(sxy * sxy / (sxx * syy), 0, 1))
    sd = np.sqrt(syy / safe)
    noise = EPS * size / np.where(sd > 0, sd, np.nan)
    blank = lambda v: np.where(enough, v, np.nan)
    slope_tol = np.maximum(1e-5 * abs(slope), 1e-5) if STATE["strict"] else 1e-5 * abs(slope) + (1e-5 * sd + EPS * size) / np.sqrt(sxx / safe)
    value0 = mean - slope * tm
    typical = np.where(valid, abs(x), 0).sum(0) / safe
    cv = np.sqrt(syy / np.maximum(n - 1, 1)) / mean
    slack = allow(2 * noise * np.sqrt(np.clip(1 - r2, 0, 1)) + noise ** 2) + 0 * r2
    p = p_layer(lambda v: t_p(np.clip(v, 0, 1), np.maximum(n - 2, 1)), r2, np.nan_to_num(slack), enough & ~flat)
    sign_open = abs(slope) <= slope_tol
    near = lambda limit: (p.low <= limit) & (p.high >= limit)
    grade = np.where(p.value < 0.01, np.where(slope > 0, 5, 1), np.where(p.value < 0.05, np.where(slope > 0, 4, 2), 3))
    return {
        "mean": Layer(blank(mean), 1e-5 * np.maximum(typical, abs(mean)) + 1e-5 + allow(EPS * size)),
        "cv": Layer(np.where(enough & (abs(mean) >= 1e-6), cv, np.nan), 1e-5 * abs(cv) + 1e-7 + allow((abs(cv) * 1e-5 + EPS * 3) * size / np.where(mean == 0, 1, abs(mean))), soft=abs(abs(mean) - 1e-6) < EPS * size + 1e-9),
        "slope": Layer(blank(slope), slope_tol),
        "intercept": Layer(blank(value0), 1e-5 * abs(value0) + 1e-5 + allow(slope_tol * tm + EPS * size)),
        "r2": Layer(blank(r2), 1e-5 + np.nan_to_num(slack), soft=nearly),
        "p": Layer(p.value, low=p.low, high=p.high, soft=nearly),
        "n": Layer(n.astype(float), exact=True),
        "class": Layer(blank(grade.astype(float)), exact=True, soft=near(0.01) | near(0.05) | (sign_open & (p.value < 0.06)) | nearly),
    }


def q_layer(p, method):
    """q of a map of p; q rises with every p of the map, so the ends of the p give the ends of q."""
    have = np.isfinite(p.value)

    def adjust(v):
        q = np.full(v.shape, np.nan)
        if have.any():
            q[have] = scipy.stats.false_discovery_control(np.clip(v[have], 0, 1), method=method)
        return q
    # Below 6e-5 of itself q is not told apart.
    return Layer(adjust(p.value), low=adjust(p.low) * (1 - 1e-6), high=adjust(p.high) * (1 + 7e-5), soft=p.soft)


def fdr(layers, method):
    """The class layer on q, and q itself."""
    q, slope = q_layer(layers["p"], method), layers["slope"].value
    grade = np.where(q.value < 0.01, np.where(slope > 0, 5, 1), np.where(q.value < 0.05, np.where(slope > 0, 4, 2), 3)).astype(float)
    near = lambda limit: (q.low <= limit) & (q.high >= limit)
    layers["class"] = Layer(np.where(np.isfinite(slope), grade, np.nan), exact=True, soft=layers["class"].soft | near(0.01) | near(0.05))
    layers["q"] = q


def regress(y, size, predictors, min_years):
    """Multiple regression and partial correlation of [years, pixels] on named predictors, all layers by their ending."""
    names, k = list(predictors), len(predictors)
    xs = np.stack([predictors[d] for d in names])
    valid = np.isfinite(y) & np.isfinite(xs).all(0)
    n = valid.sum(0)
    ok = n >= max(min_years, k + 2)
    flat_y, nearly_y = constant(y, valid)
    soft = np.zeros(n.shape, bool)
    for x in xs:
        flat, nearly = constant(x, valid)
        ok &= ~flat
        soft |= nearly
    safe = np.maximum(n, 1)
    _, yc = centred(y, valid, safe)
    xc = np.stack([centred(x, valid, safe)[1] for x in xs])
    sx, sy = np.sqrt((xc * xc).sum(1)), np.sqrt((yc * yc).sum(0))
    z = xc / np.where(sx > 0, sx, 1)[:, None]
    corr = np.einsum("itp,jtp->pij", z, z)
    # Cholesky pivots in the predictors' order
    low, least = np.zeros_like(corr), np.full(n.shape, np.inf)
    for j in range(k):
        pivot = corr[:, j, j] - (low[:, j, :j] ** 2).sum(1)
        least = np.minimum(least, pivot)
        root = np.sqrt(np.where(pivot > 1e-12, pivot, 1))
        low[:, j, j] = root
        for i in range(j + 1, k):
            low[:, i, j] = (corr[:, i, j] - (low[:, i, :j] * low[:, j, :j]).sum(1)) / root
    soft |= (least > 5e-7) & (least < 2e-6)
    solvable = ok & (least > 1e-12)
    ok &= least >= 1e-6
    corr[~solvable] = np.eye(k)
    inverse = np.linalg.inv(corr)
    vif = np.einsum("pii->ip", inverse)
    zy = np.einsum("itp,tp->pi", z, yc) / np.where(sy > 0, sy, 1)[:, None]
    beta = np.einsum("pij,pj->ip", inverse, zy)
    sd_x, sd_y = sx / np.sqrt(safe), sy / np.sqrt(safe)
    resid = yc - np.einsum("ip,itp->tp", beta, z) * sy
    r2 = np.where(flat_y, np.nan, np.clip(1 - (resid ** 2).sum(0) / np.where(sy > 0, sy, 1) ** 2, 0, 1))
    df = np.maximum(n - k - 1, 1)
    noise_y = EPS * size / np.where(sd_y > 0, sd_y, np.nan)
    size_x = np.where(valid, abs(xs), 0).max(1)
    noise = np.nan_to_num(noise_y + (EPS * size_x / np.where(sd_x > 0, sd_x, np.nan)).max(0))
    worst = vif.max(0)
    beta_tol = 1e-5 + allow(1e-5 * np.sqrt(vif) + 4 * noise * worst)
    slack = allow(2 * noise * np.sqrt(np.clip(1 - r2, 0, 1)) * np.sqrt(worst) + (noise ** 2) * worst)
    blank = lambda v: np.where(ok, v, np.nan)
    out = {"drivers_r2": Layer(blank(r2), 1e-5 + np.nan_to_num(slack), soft=soft | nearly_y)}
    p = p_layer(lambda v: f_p(np.clip(v, 0, 1), k, df), r2, np.nan_to_num(slack), ok & ~flat_y)
    out["drivers_p"] = Layer(p.value, low=p.low, high=p.high, soft=soft | nearly_y)
    unexplained = np.sqrt(np.clip(1 - r2, 0, 1))
    for j, d in enumerate(names):
        scale = sd_y / np.where(sd_x[j] > 0, sd_x[j], np.nan)
        b = np.where(flat_y, 0, beta[j])
        out[f"coef_{d}"] = Layer(blank(b * scale), (1e-5 * abs(b) + beta_tol[j]) * scale, soft=soft)
        out[f"beta_{d}"] = Layer(blank(b), 1e-5 * abs(b) + beta_tol[j], soft=soft)
        out[f"vif_{d}"] = Layer(blank(vif[j]), 1e-5 * vif[j] + allow((1e-6 + 4 * noise) * vif[j] * worst), soft=soft)
        # From the coefficient's own t: r = t / sqrt(t^2 + df).
        unit = b / np.sqrt(vif[j])
        r = unit / np.sqrt(unit ** 2 + unexplained ** 2)
        bend = allow(np.nan_to_num(4 * noise * np.sqrt(worst) / np.sqrt(unit ** 2 + unexplained ** 2)))
        out[f"partial_{d}"] = Layer(np.where(flat_y, np.nan, blank(r)), 1e-5 + np.nan_to_num(bend), soft=soft | nearly_y)
        slack_r = 2 * abs(r) * bend * (1 - r * r) + bend ** 2
        p = p_layer(lambda v: t_p(np.clip(v, 0, 1), df), np.nan_to_num(r * r), np.nan_to_num(slack_r), ok & ~flat_y)
        out[f"partial_{d}_p"] = Layer(p.value, low=p.low, high=p.high, soft=soft | nearly_y)
    return out


def sen_and_mk(x, min_years):
    """Theil-Sen and Mann-Kendall of float32 values, [years, pixels]."""
    steps, pixels = x.shape
    first, second = np.triu_indices(steps, 1)
    sen, s, var, n = (np.full(pixels, np.nan) for _ in range(4))
    for at in range(0, pixels, 4096):
        y = x[:, at:at + 4096]
        diff = y[second] - y[first]
        part = slice(at, at + y.shape[1])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sen[part] = np.nanmedian(diff / (second - first)[:, None], axis=0)
        s[part] = np.nansum(np.sign(diff), 0)
        ordered = np.sort(y, 0)
        n[part] = np.isfinite(y).sum(0)
        run, ties = np.ones(y.shape[1]), np.zeros(y.shape[1])
        for i in range(1, steps + 1):
            same = (ordered[i] == ordered[i - 1]) if i < steps else np.zeros(y.shape[1], bool)
            ties += np.where(same, 0, run * (run - 1) * (2 * run + 5))
            run = np.where(same, run + 1, 1)
        m = n[part]
        var[part] = (m * (m - 1) * (2 * m + 5) - ties) / 18
    z = np.where(s == 0, 0, (s - np.sign(s)) / np.sqrt(np.where(var > 0, var, 1)))
    p = scipy.special.erfc(abs(z) / math.sqrt(2))
    enough = n >= min_years
    blank = lambda v: np.where(enough, v, np.nan)
    size = np.nanmax(np.abs(np.where(np.isfinite(x), x, 0)), axis=0)
    return {"sen": Layer(blank(sen), 1e-5 * abs(sen) + EPS * size), "mk_s": Layer(blank(s), exact=True), "mk_z": Layer(blank(z), 1e-5 * abs(z) + 1e-6),
            "mk_p": Layer(blank(p), low=np.where(p > 1e-6, p * (1 - 1e-3), 0), high=np.maximum(p * (1 + 1e-3), 1.01e-6))}


# ------------------------------------------------------------------------------------------------------------ comparison


class Report:
    def __init__(self):
        self.rows, self.failed, self.notes = [], 0, []

    def compare(self, name, layer, got):
        want, got = np.asarray(layer.value, float).ravel(), np.asarray(got, float).ravel()
        soft = np.broadcast_to(layer.soft, layer.value.shape).ravel()
        there = np.isfinite(want) & np.isfinite(got)
        odd = (np.isfinite(want) != np.isfinite(got)) & ~soft
        odd |= np.isinf(got)
        diff = np.where(there, abs(want - got), 0)
        rel = diff / np.where(there & (want != 0), abs(want), np.inf)
        flat = lambda v: np.broadcast_to(v, layer.value.shape).ravel()
        if layer.exact:
            past, ratio = there & (diff > 0) & ~soft, None
            spared = int((there & (diff > 0) & soft).sum())
        elif layer.low is not None:
            low, high = flat(layer.low), flat(layer.high)
            past, spared = there & ((got < low) | (got > high)) & ~soft, 0
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = np.where(there & (want > 1e-6), diff / np.where(got > want, high - want, want - low), 0)
        else:
            tol = flat(layer.tol)
            past, spared = there & (diff > tol) & ~soft, 0
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = np.where(there & (tol > 0), diff / tol, 0)
        bad = int(past.sum() + odd.sum())
        self.failed += bad > 0
        where = int(np.argmax(np.where(past | odd, diff + odd * 1e30, -1))) if bad else None
        self.rows.append({"layer": name, "pixels": int(there.sum()), "max_abs": float(diff.max(initial=0)), "max_rel": float(np.nanmax(rel, initial=0)),
                          "of_tolerance": None if ratio is None else float(np.nanmax(ratio, initial=0)), "missing_here": int((odd & ~np.isfinite(got)).sum()),
                          "missing_there": int((odd & np.isfinite(got)).sum()), "past": int(past.sum()), "spared": spared,
                          "example": None if where is None else {"index": where, "expected": none(want[where]), "run": none(got[where])}, "ok": not bad})

    def missing(self, name, allowed):
        self.rows.append({"layer": name, "ok": allowed, "absent": True})
        self.failed += not allowed

    def print(self):
        width = max((len(r["layer"]) for r in self.rows), default=10)
        print(f"{'layer':<{width}}  {'pixels':>8} {'max abs':>9} {'max rel':>9} {'of tol':>7} {'lacking':>7} {'surplus':>7} {'past':>6} {'spared':>6}")
        for r in self.rows:
            if r.get("absent"):
                print(f"{r['layer']:<{width}}  not there{'' if r['ok'] else '  FAILS'}")
                continue
            part = "exact" if r["of_tolerance"] is None else f"{r['of_tolerance']:.3f}"
            line = f"{r['layer']:<{width}}  {r['pixels']:>8} {r['max_abs']:>9.2e} {r['max_rel']:>9.2e} {part:>7} {r['missing_here']:>7} {r['missing_there']:>7} {r['past']:>6} {r['spared']:>6}"
            if not r["ok"]:
                e = r["example"]
                line += f"  FAILS, at pixel {e['index']} {e['expected']} expected, {e['run']} in the run"
            print(line)
        for note in self.notes:
            print("note:", note)


def none(v):
    return None if math.isnan(v) or math.isinf(v) else float(v)


def read_layer(path, shape, bands=None):
    with rasterio.open(path) as dataset:
        if (dataset.height, dataset.width) != shape:
            raise NotCovered(f"{path} is {dataset.width} x {dataset.height}, the inputs are {shape[1]} x {shape[0]}")
        if bands is not None and dataset.count != bands:
            raise NotCovered(f"{path} has {dataset.count} bands, not {bands}")
        data = dataset.read()
        x = data.astype(float)
        for b, nodata in enumerate(dataset.nodatavals):
            if nodata is not None and not math.isnan(nodata):
                x[b][data[b] == nodata] = np.nan
        return x, dataset.descriptions


def pixel_areas(like):
    """km2 of each pixel: WGS84 cells on geographic grids, nominal on projected ones."""
    t = like.transform
    if like.crs is not None and like.crs.is_geographic:
        a, f = 6378137.0, 1 / 298.257223563
        b, e = a * (1 - f), math.sqrt(f * (2 - f))
        edges = np.radians(t.f + t.e * np.arange(like.height + 1))
        s = np.sin(edges)
        q = s / (1 - (e * s) ** 2) + np.log((1 + e * s) / (1 - e * s)) / (2 * e)
        rows = abs(np.diff(q)) * b * b * math.radians(abs(t.a)) / 2
        return np.repeat(rows[:, None], like.width, 1) / 1e6
    unit = like.crs.linear_units_factor[1] if like.crs is not None else 1.0
    return np.full((like.height, like.width), abs(t.a * t.e - t.b * t.d) * unit ** 2 / 1e6)


def read_mask(path, like, report):
    if not path.exists():
        raise NotCovered(f"grid.mask: no file {path}")
    if path.suffix.lower() in (".geojson", ".json"):
        from rasterio.features import rasterize
        shapes = [f["geometry"] for f in json.loads(path.read_text())["features"]]
        return rasterize(shapes, (like.height, like.width), transform=like.transform, fill=0, default_value=1).astype(bool)
    try:
        with rasterio.open(path) as dataset:
            if not same_grid((dataset.height, dataset.width, tuple(dataset.transform)[:6]), like.grid):
                raise NotCovered("grid.mask has another grid")
            data = dataset.read(1)
            return (data != 0) & (dataset.read_masks(1) != 0) & np.isfinite(data)
    except rasterio.errors.RasterioIOError:
        report.notes.append("the mask is a vector file that is not read here; the mask is taken from the run's own count of years")
        return None


def check(study_path, out, report, allow_missing):
    study = tomllib.loads(study_path.read_text(encoding="utf-8"))
    root = study_path.parent
    out = out or root / study.get("output", {}).get("dir", "out")
    years = study["study"]["years"]
    n_years = years[1] - years[0] + 1
    if not out.is_dir():
        raise NotCovered(f"no folder {out}")
    inputs = {name: Input(name, table, root, years) for name, table in study["inputs"].items()}
    grid = study.get("grid", {})
    like = inputs[grid.get("like", "npp" if "npp" in inputs else next(iter(inputs)))]
    for key in ("crs", "resolution", "bounds"):
        if key in grid:
            report.notes.append(f"grid.{key} is not applied: the inputs' own grid is taken")
    for one in inputs.values():
        if not same_grid(one.grid, like.grid):
            raise NotCovered(f"inputs.{one.name} is on another grid than inputs.{like.name}: this script does not warp")
    shape = (like.height, like.width)
    mask = read_mask(root / grid["mask"], like, report) if "mask" in grid else np.ones(shape, bool)
    if mask is None:
        counts = sorted((out / "maps").glob("*_n.tif"))
        if not counts:
            raise NotCovered("no maps/X_n.tif to take the mask from")
        mask = np.isfinite(read_layer(counts[0], shape)[0][0])
    inside = mask.ravel()
    pixels = {name: one.data.reshape(len(one.data), -1)[:, inside] for name, one in inputs.items()}

    # the chain
    respiration, trends, drivers = study.get("respiration", {}), study.get("trend", {}), study.get("drivers", {})
    min_months = respiration.get("min_months", 12)
    min_years = trends.get("min_years", max(4, math.ceil(0.75 * n_years)))
    annual = {}
    for name, one in inputs.items():
        if one.monthly:
            annual[name] = yearly(pixels[name], years, min_months, "mean" if name == "temperature" else "sum")
        elif not one.static:
            annual[name] = pixels[name]
    size = {name: np.nanmax(np.where(np.isfinite(x), abs(x), 0), axis=0) for name, x in annual.items()}
    model, law = respiration.get("model", "gsmsr"), respiration.get("heterotrophic", "bond-lamberty-2004")
    has = lambda names: all(n in inputs and (inputs[n].monthly or n == "soc") for n in names)
    allows = lambda how: has(["temperature", "precipitation"]) if word_of(how) == "pei" else "rs" in annual
    if has(needs_of(model)):
        annual["rs"] = soil_respiration(respiration, model, pixels, annual, years)
    if allows(law):
        annual["rh"] = heterotrophic(respiration, law, annual.get("rs"), pixels, years)
        if "npp" in annual:
            annual["nep"] = annual["npp"] - annual["rh"]
        for name in ("rs", "rh", "nep"):
            if name in annual:
                parts = [abs(annual[m]) for m in (("npp", "rh") if name == "nep" else (name,))]
                size[name] = np.nanmax(np.where(np.isfinite(parts), parts, 0), axis=(0, 1))
    elif respiration:
        report.notes.append("no respiration: an input is lacking or not monthly")
    of = [x for x in trends.get("of", ["npp", "nep", "rh", "temperature", "precipitation", "radiation"]) if x in annual]
    layers = study.get("output", {}).get("layers", "all")

    def put(relative, layer, bands=None):
        path = out / f"{relative}.tif"
        name = relative.removeprefix("maps/")
        if layers != "all" and name not in layers and relative not in layers and not path.exists():
            return
        if not path.exists():
            report.missing(relative, allow_missing)
            return
        got, descriptions = read_layer(path, shape, bands)
        outside = got[:, ~mask]
        if np.isfinite(outside).any():
            report.notes.append(f"{relative}: {int(np.isfinite(outside).any(0).sum())} pixels outside the mask have a value")
            report.failed += 1
        got = got.reshape(len(got), -1)[:, inside]
        report.compare(relative, layer, got if bands else got[0])
        if bands and list(descriptions) != [str(y) for y in range(years[0], years[1] + 1)]:
            report.notes.append(f"{relative}: the bands are not named by their years: {descriptions[:2]} ...")
            report.failed += 1
        return got if bands else got[0]

    run_stacks = {}
    for name in ("rs", "rh", "nep"):
        if name in annual:
            base = size[name] if name == "nep" and not STATE["strict"] else abs(annual[name])
            run_stacks[name] = put(f"stacks/{name}", Layer(annual[name], 1e-5 * np.maximum(abs(annual[name]), base) + 1e-5), n_years)
    stats = {name: trend(annual[name], size[name], min_years) for name in dict.fromkeys([*of, *(m for m in ("npp", "rs", "rh", "nep") if m in annual)])}
    for name in ("npp", "rs", "rh", "nep"):
        if name in annual:
            put(f"maps/{name}_mean", stats[name]["mean"])
    if "nep" in annual:
        mean = stats["nep"]["mean"]
        put("maps/nep_balance", Layer(np.where(np.isnan(mean.value), np.nan, np.sign(mean.value) + 2), exact=True, soft=abs(mean.value) <= mean.tol))
    fdr_method = {False: None, True: "bh", "benjamini-hochberg": "bh", "benjamini-yekutieli": "by"}[trends.get("fdr", False)]
    for name in of:
        if fdr_method:
            fdr(stats[name], fdr_method)
        for ending in ("cv", "slope", "intercept", "r2", "p", "n", "class", *(["q"] if fdr_method else [])):
            put(f"maps/{name}_{ending}", stats[name][ending])
    tests = trends.get("tests", ["ols", "sen", "mk"])
    for name in of:
        if name in run_stacks and run_stacks[name] is not None:
            source = np.float32(run_stacks[name]).astype(float)  # S is exact given the layer
        elif name == "npp" or (name in inputs and not inputs[name].monthly):
            source = np.float32(annual[name]).astype(float)
        else:
            continue
        for ending, layer in sen_and_mk(source, min_years).items():
            if (ending == "sen" and "sen" in tests) or (ending != "sen" and "mk" in tests):
                put(f"maps/{name}_{ending}", layer)
    response = drivers.get("response", "nep")
    named = [d for d in drivers.get("predictors", ["temperature", "precipitation", "radiation"]) if d in annual]
    if response in annual and named:
        for ending, layer in regress(annual[response], size[response], {d: annual[d] for d in named}, min_years).items():
            put(f"maps/{response}_{ending}", layer)
    if "nep" in annual:
        check_spread(study, out, pixels, annual, years, min_years, has, put)
    check_series(out / "tables" / "series.csv", annual, of, years, pixel_areas(like).ravel()[inside], report, allow_missing)
    report.notes.append(f"{inside.sum()} pixels inside the mask, {n_years} years, min_years {min_years}, trends of {', '.join(of)}")


def check_spread(study, out, pixels, annual, years, min_years, has, put):
    """Ensemble and Monte Carlo, the latter with the coefficients of tables/uncertainty_draws.csv."""
    respiration, npp = study.get("respiration", {}), annual["npp"]
    chosen = respiration.get("model", "gsmsr"), respiration.get("heterotrophic", "bond-lamberty-2004")
    largest = np.nanmax(np.where(np.isfinite(npp), abs(npp), 0), axis=0) + np.nanmax(np.where(np.isfinite(annual["rh"]), annual["rh"], 0), axis=0)
    if "ensemble" in respiration:
        ensemble = respiration["ensemble"]
        rs = [soil_respiration(respiration, m, pixels, annual, years) for m in ensemble.get("models", [chosen[0]]) if has(needs_of(m))]
        members = []
        for how in ensemble.get("heterotrophic", [chosen[1]]):
            sources = ([None] if has(["temperature", "precipitation"]) else []) if how == "pei" else rs
            members += [mean_nep(npp, heterotrophic(respiration, how, source, pixels, years), min_years) for source in sources]
        for name, layer in spread_layers(np.array(members), "nep_ensemble", 2 * largest).items():
            put(name, layer)
    if "uncertainty" in study:
        with (out / "tables" / "uncertainty_draws.csv").open(newline="", encoding="utf-8") as file:
            draws = [{k: float(v) for k, v in row.items() if k not in ("draw", "nep_mean")} for row in csv.DictReader(file)]
        members = []
        for drawn in draws:
            rs = soil_respiration(respiration, chosen[0], pixels, annual, years, drawn) if has(needs_of(chosen[0])) else None
            members.append(mean_nep(npp, heterotrophic(respiration, chosen[1], rs, pixels, years, drawn), min_years))
        for name, layer in spread_layers(np.array(members), "nep_uncertainty", largest, "p_sink").items():
            put(name, layer)


def check_series(path, annual, of, years, area, report, allow_missing):
    if not path.exists():
        report.missing("tables/series.csv", allow_missing)
        return
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    table = {(r["variable"], int(r["year"])): r for r in rows if r["zone_set"] == "all" and r["zone"] == "all"}
    others = len({(r["zone_set"], r["zone"]) for r in rows} - {("all", "all")})
    if others:
        report.notes.append(f"tables/series.csv: {others} zones besides the whole are not checked")
    number = lambda row, key: float(row[key]) if row is not None and row.get(key) not in (None, "") else math.nan
    for name in of:
        x = annual[name]
        valid = np.isfinite(x)
        weight = valid * area
        km2, total = weight.sum(1), np.where(valid, x * area, 0).sum(1)
        mean = np.where(km2 > 0, total / np.where(km2 > 0, km2, 1), np.nan)
        typical = np.where(valid, abs(x) * area, 0).sum(1) / np.where(km2 > 0, km2, 1)
        if name == "nep":
            typical = np.maximum(typical, np.where(np.isfinite(annual["rh"]), annual["rh"] * area, 0).sum(1) / np.where(km2 > 0, km2, 1))
        got = [table.get((name, y)) for y in range(years[0], years[1] + 1)]
        absent = np.array([r is None for r in got])
        empty = absent & (km2 == 0)
        column = lambda key, fill: np.array([fill[i] if empty[i] else number(r, key) for i, r in enumerate(got)])
        report.compare(f"series.csv {name} mean", Layer(mean, 1e-5 * typical + 1e-6), column("mean", mean))
        report.compare(f"series.csv {name} pixels", Layer(valid.sum(1).astype(float), exact=True), column("pixels", valid.sum(1)))
        report.compare(f"series.csv {name} area_km2", Layer(km2, 1e-6 * km2), column("area_km2", km2))
        if name in ("npp", "rs", "rh", "nep"):
            scaled = total * 1e6 / 1e12
            report.compare(f"series.csv {name} total_tgc", Layer(np.where(km2 > 0, scaled, np.nan), 1e-5 * typical * km2 * 1e-6 + 1e-12), column("total_tgc", np.where(km2 > 0, scaled, np.nan)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("study", type=Path, help="the study file")
    parser.add_argument("out", type=Path, nargs="?", help="the run's folder (default: output.dir)")
    parser.add_argument("--strict", action="store_true", help="no allowance for cancellation and collinearity")
    parser.add_argument("--allow-missing", action="store_true", help="a layer that is not there is no failure")
    parser.add_argument("--json", type=Path, help="write the table here too")
    args = parser.parse_args()
    STATE["strict"] = args.strict
    np.seterr(all="ignore")
    warnings.filterwarnings("ignore", category=RuntimeWarning)
    warnings.filterwarnings("ignore", category=rasterio.errors.NotGeoreferencedWarning)
    report = Report()
    try:
        check(args.study.resolve(), args.out, report, args.allow_missing)
    except (NotCovered, KeyError, OSError, rasterio.errors.RasterioError, tomllib.TOMLDecodeError) as error:
        report.print()
        print(f"not checked: {error}" if not isinstance(error, KeyError) else f"not checked: no key {error} in the study file or a table", file=sys.stderr)
        return 2
    report.print()
    if args.json:
        args.json.write_text(json.dumps({"layers": report.rows, "notes": report.notes, "failed": report.failed}, indent=1) + "\n")
    absent = sum(r.get("absent", False) for r in report.rows)
    compared = len(report.rows) - absent
    print(f"{compared} layers and columns compared, {absent} not there: {f'{report.failed} fail' if report.failed else 'all within tolerance'}")
    if not compared:
        print("not checked: nothing was there to compare", file=sys.stderr)
    return 2 if not compared else 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
