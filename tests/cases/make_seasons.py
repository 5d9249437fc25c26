"""Makes the small files of tests/cases_seasons.rs, and the numbers that they must give.

Needs numpy, pandas, scipy, pingouin and netCDF4. Run it in tests/cases:

    python make_seasons.py

Values are a level, a slope, a season and noise, seeded. Expected numbers are those of pandas (sums and means of months),
scipy.stats (slopes, rank correlation) and pingouin (partial correlations), written to seasons/expected.json. All are of the
first pixel.
"""

import json
import pathlib

import netCDF4
import numpy as np
import pandas as pd
import pingouin
from scipy.stats import linregress

YEARS = np.arange(2001, 2013)
HERE = pathlib.Path(__file__).parent / "seasons"
RNG = np.random.default_rng(41)


def write(name, dates, variable, units, values):
    """A classic netCDF file of 2 x 2 pixels."""
    with netCDF4.Dataset(HERE / name, "w", format="NETCDF3_CLASSIC") as d:
        days = (dates - pd.Timestamp("1999-01-01")).days
        for dim, numbers in (("time", days), ("lat", [24.95, 24.85]), ("lon", [105.05, 105.15])):
            d.createDimension(dim, len(numbers))
            axis = d.createVariable(dim, "f8", (dim,))
            axis[:] = numbers
        d["lat"].units, d["lon"].units = "degrees_north", "degrees_east"
        d["time"].units, d["time"].calendar = "days since 1999-01-01", "standard"
        v = d.createVariable(variable, "f4", ("time", "lat", "lon"), fill_value=-9999.0)
        v.units = units
        v[:] = np.where(np.isnan(values), -9999.0, values)


def first(values, dates):
    """The first pixel as the 32-bit numbers of its file."""
    return pd.Series(values[:, 0, 0].astype("f4").astype(float), index=dates)


def seasons(series, start, end):
    """The months of each season, by the year in which it ends."""
    month = series.index.month
    crosses = start > end
    is_in = (month >= start) | (month <= end) if crosses else (month >= start) & (month <= end)
    year = series.index.year + (crosses & (month >= start))
    return series[is_in].groupby(year[is_in])


def trend(series):
    """Mean and slope over the years of the study that are there."""
    series = series.reindex(YEARS).dropna()
    return {"mean": series.mean(), "slope": linregress(series.index, series).slope}


def partial(response, drivers, method):
    frame = pd.DataFrame({"y": response, **drivers}).reindex(YEARS).dropna()
    out = {}
    for name in drivers:
        others = [other for other in drivers if other != name]
        found = pingouin.partial_corr(frame, name, "y", covar=others, method=method)
        out[name] = found["r"].iloc[0]
        out[f"{name}_p"] = found["p_val" if "p_val" in found.columns else "p-val"].iloc[0]
    return out


HERE.mkdir(exist_ok=True)
months = pd.date_range("2000-01-01", "2012-12-01", freq="MS")
years = pd.date_range("1999-07-01", "2012-07-01", freq="12MS")
in_study = years.year >= 2001

wave = 40 * np.sin(2 * np.pi * (months.month.to_numpy() - 4) / 12)
rain = (70 + wave + 0.1 * np.arange(len(months)))[:, None, None] + RNG.normal(0, 12, (len(months), 2, 2))
heat = 18 + 0.05 * np.arange(len(years))[:, None, None] + RNG.normal(0, 0.4, (len(years), 2, 2))
rain_first, heat_first = first(rain, months), first(heat, years)
heat_first.index = years.year
summer, winter = seasons(rain_first, 4, 10).sum(), seasons(rain_first, 11, 3)
winter = winter.sum()[winter.count() == 5]

# A response to the rain of summer and to the heat of the year before, not in a straight line.
wet = (rain.reshape(-1, 12, 2, 2)[1:, 3:10].sum(1) - 600) / 60
warm = heat[1:-1] - 18
ndvi = np.exp(0.5 * wet + 0.8 * warm + RNG.normal(0, 0.3, wet.shape))
ndvi_first = first(ndvi, YEARS)

write("rain.nc", months, "rain", "mm", rain)
write("rain_since_2001.nc", months[12:], "rain", "mm", rain[12:])
of_summer = (months.month >= 4) & (months.month <= 10) & (months.year >= 2001)
write("rain_of_summer.nc", months[of_summer], "rain", "mm", rain[of_summer])
write("heat.nc", years, "heat", "degC", heat)
write("heat_since_2001.nc", years[in_study], "heat", "degC", heat[in_study])
write("ndvi.nc", years[in_study], "ndvi", "1", ndvi)

holes = rain.copy()
holes[[14, 15, 40, 41, 67, 90, 103, 104, 130]] = np.nan
write("rain_with_holes.nc", months, "rain", "mm", holes)
holes_first = first(holes, months)["2001":]
climatology = holes_first.groupby(holes_first.index.month).transform("mean")
departures = (holes_first - climatology).groupby(holes_first.index.year).mean()
early = holes_first["2001":"2006"]
early = (holes_first - early.groupby(early.index.month).mean().reindex(holes_first.index.month).to_numpy())

lagged = heat_first.copy()
lagged.index += 1
drivers = {"heat": lagged, "rain": summer}
shorter = heat_first[heat_first.index >= 2001].copy()
shorter.index += 1

expected = {
    "summer": trend(summer),
    "winter": trend(winter),
    "winter_since_2001": trend(winter[winter.index >= 2002]),
    "lag_pearson": partial(ndvi_first, drivers, "pearson"),
    "lag_spearman": partial(ndvi_first, drivers, "spearman"),
    "lag_since_2001": partial(ndvi_first, {"heat": shorter, "rain": summer}, "pearson"),
    "departures": trend(departures),
    "departures_since_2001_2006": trend(early.groupby(early.index.year).mean()),
}
(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
