"""Makes the small files of tests/cases_files.rs, and the slopes that they must give.

Needs numpy, scipy, netCDF4, xarray, zarr >= 3, geopandas, pyproj. Run it in tests/cases:

    python make_files.py

Values are a field with a slope and noise, seeded. Expected slopes are those of scipy.stats.linregress on the years, written
to files/expected.json.
"""

import datetime
import json
import pathlib
import shutil
import zipfile

import geopandas
import netCDF4
import numpy as np
import xarray
from pyproj import CRS
from scipy.stats import linregress
from shapely.geometry import box

YEARS = np.arange(2001, 2007)
HERE = pathlib.Path(__file__).parent / "files"
RNG = np.random.default_rng(13)


def field(rows, columns, steps=len(YEARS)):
    start = 500 + 40 * np.arange(rows * columns).reshape(rows, columns)
    slope = RNG.normal(4, 2, (rows, columns))
    years = np.arange(steps)[:, None, None]
    return (start + slope * years + RNG.normal(0, 5, (steps, rows, columns))).astype("f4")


def slope(series):
    return float(linregress(YEARS, series).slope)


def write(name, dims, values, attributes=(), crs=None, dtype="f4"):
    """A classic netCDF file; `dims` are (name, numbers) in the order of storage."""
    with netCDF4.Dataset(HERE / name, "w", format="NETCDF3_CLASSIC") as d:
        for dim, numbers in dims:
            d.createDimension(dim, len(numbers))
            axis = d.createVariable(dim, "f8", (dim,))
            axis[:] = numbers
            for key, value in dict(attributes).get(dim, {}).items():
                setattr(axis, key, value)
        v = d.createVariable("npp", dtype, [dim for dim, _ in dims])
        v[:] = values
        if crs is not None:
            v.grid_mapping = "spatial_ref"
            of = d.createVariable("spatial_ref", "i4")
            for key, value in crs.items():
                setattr(of, key, value)


shutil.rmtree(HERE, ignore_errors=True)
HERE.mkdir()
expected = {}

# Metres on x and y without attributes: 500000, 3000000, pixels of 1000 m.
metres = field(3, 4)
x, y = 500500 + 1000 * np.arange(4), 2999500 - 1000 * np.arange(3)
expected["metres"] = [slope(metres[:, 0, 0]), slope(metres[:, 2, 3])]
utm = {"grid_mapping_name": "transverse_mercator", "longitude_of_central_meridian": 105.0,
       "latitude_of_projection_origin": 0.0, "scale_factor_at_central_meridian": 0.9996, "false_easting": 500000.0,
       "false_northing": 0.0, "semi_major_axis": 6378137.0, "inverse_flattening": 298.257223563}
write("north_first.nc", [("year", YEARS), ("y", y), ("x", x)], metres)
write("south_first.nc", [("year", YEARS), ("y", y[::-1]), ("x", x)], metres[:, ::-1])
write("with_crs.nc", [("year", YEARS), ("y", y), ("x", x)], metres, crs=utm)
# GDAL reads the attribute GeoTransform beside a text of the reference system alone.
utm["crs_wkt"] = CRS(32648).to_wkt()
stale = {**utm, "GeoTransform": "498000.0 1000.0 0.0 3005000.0 0.0 -1000.0"}
write("stale.nc", [("year", YEARS), ("y", y), ("x", x)], metres, crs=stale)
turned = {**utm, "GeoTransform": "500000.0 1000.0 0.0 3000000.0 0.0 -1000.0"}
write("sorted_south_first.nc", [("year", YEARS), ("y", y[::-1]), ("x", x)], metres[:, ::-1], crs=turned)

# Degrees on lat and lon: 105 E, 25 N, pixels of 0.1 degrees.
degrees = field(2, 3)
lat, lon = np.array([24.95, 24.85]), np.array([105.05, 105.15, 105.25])
expected["degrees"] = [slope(degrees[:, 0, 0]), slope(degrees[:, 1, 2])]
weights = np.cos(np.radians(lat))
expected["degrees_mean"] = float((degrees.mean((0, 2)) * weights).sum() / weights.sum())
units = {"lat": {"units": "degrees_north"}, "lon": {"units": "degrees_east"}}
write("degrees.nc", [("year", YEARS), ("lat", lat), ("lon", lon)], degrees)
write("time_last.nc", [("lat", lat), ("lon", lon), ("time", YEARS - 2000)], np.moveaxis(degrees, 0, 2),
      {**units, "time": {"units": "years since 2000-07-01"}})
write("one_row.nc", [("year", YEARS), ("lat", lat[:1]), ("lon", lon)], degrees[:, :1], units)

# A variable for each year.
with netCDF4.Dataset(HERE / "variables.nc", "w", format="NETCDF3_CLASSIC") as d:
    for dim, numbers in (("lat", lat), ("lon", lon)):
        d.createDimension(dim, len(numbers))
        d.createVariable(dim, "f8", (dim,))[:] = numbers
        d[dim].units = units[dim]["units"]
    for at in reversed(range(len(YEARS))):
        d.createVariable(f"npp_{YEARS[at]}", "f4", ("lat", "lon"))[:] = degrees[at]

# Everything in a group; the last year first, each dated by its end.
with netCDF4.Dataset(HERE / "group.nc", "w") as d:
    group = d.createGroup("data")
    for dim, numbers in (("time", YEARS), ("lat", lat), ("lon", lon), ("nv", range(2))):
        group.createDimension(dim, len(numbers))
    for dim, numbers in (("lat", lat), ("lon", lon)):
        group.createVariable(dim, "f8", (dim,))[:] = numbers
        group[dim].units = units[dim]["units"]
    ends = netCDF4.date2num([datetime.datetime(year + 1, 1, 1) for year in YEARS[::-1]], "days since 1990-01-01")
    begins = netCDF4.date2num([datetime.datetime(year, 1, 1) for year in YEARS[::-1]], "days since 1990-01-01")
    time = group.createVariable("time", "f8", ("time",))
    time.units, time.bounds = "days since 1990-01-01", "time_bnds"
    time[:] = ends
    group.createVariable("time_bnds", "f8", ("time", "nv"))[:] = np.stack([begins, ends], axis=1)
    group.createVariable("npp", "f4", ("time", "lat", "lon"))[:] = degrees[::-1]

# Two tiles of one year whose place is in plain axes alone, the south first.
for tile, first in enumerate((500_500, 504_500)):
    with netCDF4.Dataset(HERE / f"tile_2001_h{tile:02d}.nc", "w", format="NETCDF3_CLASSIC") as d:
        for dim, numbers in (("y", [2_997_500, 2_998_500, 2_999_500]), ("x", first + 1000 * np.arange(4))):
            d.createDimension(dim, len(numbers))
            d.createVariable(dim, "f8", (dim,))[:] = numbers
        d.createVariable("npp", "f4", ("y", "x"))[:] = 400 + np.arange(12).reshape(3, 4)

# Months of 30 days, as the IRI Data Library writes them.
months = np.repeat(degrees, 12, axis=0) / 30
write("calendar_360.nc", [("T", 12 * 41 + 0.5 + np.arange(12 * len(YEARS))), ("lat", lat), ("lon", lon)], months,
      {**units, "T": {"units": "months since 1960-01-01", "calendar": "360"}})

data = xarray.Dataset({"npp": (("year", "lat", "lon"), degrees)}, {"year": YEARS, "lat": lat, "lon": lon})
data["time"] = ("year", YEARS - 2000)
data = data.swap_dims(year="time").drop_vars("year")
data["time"].attrs["units"] = "years since 2000-07-01"
data["npp"].encoding["compressors"] = None
data.to_zarr(HERE / "npp.zarr", zarr_format=2, encoding={n: {"compressors": None} for n in ("npp", "lat", "lon", "time")})

# A shapefile in a folder of an archive: the two western columns of 105 to 105.3 E.
shape = geopandas.GeoDataFrame({"NAME": ["karst"]}, geometry=[box(105.0, 24.8, 105.2, 25.0)], crs=4326)
shape.to_file(HERE / "karst.shp")
with zipfile.ZipFile(HERE / "karst.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for part in sorted(HERE.glob("karst.[!z]*")):
        archive.write(part, f"karst/{part.name}")
        part.unlink()

(HERE / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
