"""Makes the small files of tests/cases_values.rs, and the numbers that they must give.

Needs numpy, scipy and netCDF4. Run it in tests/cases:

    python make_values.py

Values are a level, a slope and noise, seeded. Expected means and slopes are those of numpy and scipy.stats.linregress on the
years, written to values/expected.json.
"""

import calendar
import json
import pathlib

import netCDF4
import numpy as np
from scipy.stats import linregress

YEARS = np.arange(2001, 2007)
HERE = pathlib.Path(__file__).parent / "values"
RNG = np.random.default_rng(29)
MONTHS = [(year, month) for year in YEARS for month in range(1, 13)]
DAYS = np.array([calendar.monthrange(year, month)[1] for year, month in MONTHS])
STARTS = np.concatenate([[0], np.cumsum(DAYS)])


def create(name, times, units, variable, values, dtype="f4", **attributes):
    """A classic netCDF file of 2 x 2 pixels."""
    d = netCDF4.Dataset(HERE / name, "w", format="NETCDF3_CLASSIC")
    for dim, numbers in (("time", times), ("lat", [24.95, 24.85]), ("lon", [105.05, 105.15])):
        d.createDimension(dim, len(numbers))
        axis = d.createVariable(dim, "f8", (dim,))
        axis[:] = numbers
    d["lat"].units, d["lon"].units = "degrees_north", "degrees_east"
    d["time"].units, d["time"].calendar = "days since 2001-01-01", "standard"
    v = d.createVariable(variable, dtype, ("time", "lat", "lon"))
    v.units = units
    for key, value in attributes.items():
        setattr(v, key, value)
    v[:] = values
    return d


def field(steps, level, noise):
    return (level + 0.01 * level * np.arange(steps)[:, None, None] + RNG.normal(0, noise, (steps, 2, 2))).astype("f4")


def annual(monthly):
    return monthly.reshape(len(YEARS), 12, 2, 2)


def top_left(series):
    return {"mean": float(series[:, 0, 0].mean()), "slope": float(linregress(YEARS, series[:, 0, 0]).slope)}


HERE.mkdir(exist_ok=True)
expected = {}

# Monthly means of daily sums, in m: a year is the sum of mean times days, in mm.
rain = field(72, 0.003, 0.0002)
for name, units in (("avgad.nc", "m"), ("rate.nc", "m d-1")):
    create(name, STARTS[:-1], units, "tp", rain, GRIB_stepType="avgad").close()
expected["avgad"] = top_left(annual(rain * DAYS[:, None, None] * 1000.0).sum(axis=1))

# Months dated by their ends: bounds that the axis misnames, bounds that it does not name, and none.
warmth = field(72, 17.0, 0.5)
for name, stated in (("misnamed.nc", "time_bound"), ("unnamed.nc", None), ("without.nc", None)):
    with create(name, STARTS[1:], "degC", "tas", warmth) as d:
        if stated:
            d["time"].bounds = stated
        if name != "without.nc":
            d.createDimension("nv", 2)
            d.createVariable("time_bnds", "f8", ("time", "nv"))[:] = np.stack([STARTS[:-1], STARTS[1:]], axis=1)
expected["ends"] = top_left(annual(warmth).mean(axis=1))

# Two codes of missing_value; two pixels are sea.
npp = (field(6, 600.0, 5.0) * 10).astype("i2")
npp[:, 0, 1], npp[:, 1, 1] = -8888, -9999
midyear = [STARTS[12 * year + 6] for year in range(len(YEARS))]
codes = {"missing_value": np.array([-9999, -8888], "i2"), "scale_factor": 0.1}
with create("codes.nc", midyear, "gC m-2 yr-1", "npp", 0, "i2", **codes) as d:
    d["npp"].set_auto_maskandscale(False)
    d["npp"][:] = npp
expected["codes"] = top_left(npp * 0.1)

(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
