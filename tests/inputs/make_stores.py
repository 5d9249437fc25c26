"""Makes the Zarr stores of zarr.rs and zarr_attributes.rs, and the numbers that they hold, written to stores/expected.json.

Needs xarray, zarr >= 3, numcodecs, cftime, rioxarray. Run it in tests/inputs:

    python make_stores.py

Expected numbers are those that xarray reads of the stores as they are stored, without scales and codes, the northern row
first.
"""

import json
import pathlib
import shutil
import warnings

import cftime
import numcodecs
import numpy as np
import pandas as pd
import rioxarray  # noqa: F401, for the reference system
import xarray as xr
import zarr

warnings.simplefilter("ignore")
HERE = pathlib.Path(__file__).parent / "stores"
SHAPE = (6, 5, 7)
RNG = np.random.default_rng(7)
YEARS = list(range(2001, 2007))
TIMES = pd.to_datetime([f"{year}-07-01" for year in YEARS])
DIMS = ("time", "lat", "lon")
EXPECTED = []


def field(dtype="f4"):
    values = RNG.normal(500, 100, SHAPE).round(0)
    if np.dtype(dtype).kind != "f":
        return (values % 120).astype(dtype)
    values[2, 1, 3] = np.nan
    return values.astype(dtype)


def axes(down=-0.5, times=TIMES, units=True):
    y = 40 + down * np.arange(SHAPE[1])
    x = 100.25 + 0.5 * np.arange(SHAPE[2])
    degrees = [{"units": "degrees_north"}, {"units": "degrees_east"}] if units else [{}, {}]
    return {"time": times, "lat": ("lat", y, degrees[0]), "lon": ("lon", x, degrees[1])}


def dataset(variables, coordinates):
    unit = {"units": "g C m-2 yr-1"}
    return xr.Dataset({name: (*of, unit) for name, of in variables.items()}, coords=coordinates)


def note(store, variable, group=None, **expected):
    path = HERE / f"{store}.zarr"
    raw = xr.open_zarr(path, group=group, mask_and_scale=False, decode_times=False, consolidated=False)[variable]
    if "lat" in raw.coords and raw.lat[0] < raw.lat[-1]:
        raw = raw.isel(lat=slice(None, None, -1))
    numbers = raw.values.astype("f8").ravel()
    EXPECTED.append({
        "store": store,
        "variable": f"{group}/{variable}" if group else variable,
        "stored": [None if np.isnan(x) else x for x in numbers],
        "transform": [100.0, 0.5, 0, 40.25, 0, -0.5],
        "scale": 1.0,
        "offset": 0.0,
        **expected,
    })


shutil.rmtree(HERE, ignore_errors=True)
HERE.mkdir()
codec = zarr.codecs
packed = {"dtype": "i2", "scale_factor": 0.5, "add_offset": 10.0, "_FillValue": -9999, "chunks": (4, 3, 7)}
types = ["i1", "u1", "u2", "i4", "u4", "i8", "f8"]

# Format 3: what xarray writes unless told otherwise, shards, codecs, types.
encodings = {
    "default": {},
    "sharded": {"chunks": (3, 4, 4), "shards": (6, 8, 12)},
    "blosc": {"compressors": codec.BloscCodec(cname="zstd", shuffle="bitshuffle"), "chunks": (6, 4, 4)},
    "gzip": {"compressors": codec.GzipCodec(), "chunks": (2, 5, 4)},
    "plain": {"compressors": None},
    "crc": {"compressors": [codec.ZstdCodec(), codec.Crc32cCodec()]},
    "packed": packed,
    **{dtype: {} for dtype in types},
    "holes": {"chunks": (6, 4, 4)},
}
variables = {name: (DIMS, field(name if name in types else "f4")) for name in encodings}
variables["at_a_level"] = (("time", "level", "lat", "lon"), field()[:, None])
variables["late"] = (("lat", "lon", "time"), np.moveaxis(field(), 0, 2))
dataset(variables, axes() | {"level": [2.0]}).to_zarr(HERE / "v3.zarr", zarr_format=3, encoding=encodings)
# A chunk that was never written has the fill value.
shutil.rmtree(HERE / "v3.zarr/holes/c/0/1")
for name in [*encodings, "at_a_level"]:
    note("v3", name, **(dict(scale=0.5, offset=10.0, nodata=-9999) if name == "packed" else {}))

# Format 2.
encodings = {
    "default": {},
    "zstd": {"compressors": numcodecs.Zstd(), "chunks": (6, 4, 4)},
    "zlib": {"compressors": numcodecs.Zlib()},
    "by_year": {"compressors": None, "chunks": (1, 3, 7)},
    "big_endian": {"dtype": ">f4"},
    "packed": packed,
}
variables = {name: (DIMS, field()) for name in encodings}
dataset(variables, axes()).to_zarr(HERE / "v2.zarr", zarr_format=2, encoding=encodings)
# In the order of Fortran, and shuffled, which xarray does not write.
for name, how in {
    "fortran": {"order": "F"},
    "shuffled": {"filters": [numcodecs.Shuffle(4)], "compressors": numcodecs.Zlib()},
}.items():
    attributes = {"units": "g C m-2 yr-1", "_ARRAY_DIMENSIONS": list(DIMS)}
    array = zarr.create_array(HERE / "v2.zarr", name=name, shape=SHAPE, chunks=(4, 4, 7), dtype="f4", zarr_format=2,
                              fill_value=np.nan, attributes=attributes, **how)
    array[:] = field()
zarr.consolidate_metadata(HERE / "v2.zarr", zarr_format=2)
for name in [*encodings, "fortran", "shuffled"]:
    note("v2", name, **(dict(scale=0.5, offset=10.0, nodata=-9999) if name == "packed" else {}))


def alone(name, coordinates, group=None, **expected):
    """A store of one variable, whose metadata are not gathered in one place."""
    data = dataset({"npp": (DIMS, field())}, coordinates)
    data.to_zarr(HERE / f"{name}.zarr", group=group, consolidated=False)
    note(name, "npp", group, **expected)


alone("ascending", axes(0.5), transform=[100.0, 0.5, 0, 42.25, 0, -0.5])
alone("no_units", axes(units=False))
alone("group", axes(), "model/run")
for calendar in ["noleap", "360_day", "julian"]:
    alone(calendar, axes(times=xr.CFTimeIndex([cftime.datetime(year, 7, 1, calendar=calendar) for year in YEARS])))

# In metres, with a reference system; and once more in an archive.
grid = [499500.0, 1000, 0, 4000500, 0, -1000]
places = {"time": TIMES, "y": 4e6 - 1000.0 * np.arange(5), "x": 5e5 + 1000.0 * np.arange(7)}
data = dataset({"npp": (("time", "y", "x"), field())}, places).rio.write_crs("EPSG:32648")
data.to_zarr(HERE / "projected.zarr", consolidated=False)
note("projected", "npp", transform=grid, crs="EPSG:32648")
shutil.make_archive(HERE / "projected", "zip", HERE, "projected.zarr")
data.rio.write_transform(data.rio.transform()).drop_vars(["x", "y"]).to_zarr(HERE / "cells.zarr", consolidated=False)
note("cells", "npp", transform=grid, crs="EPSG:32648")

# Codes of zones, and a mask without the first column.
codes = np.repeat([[0, 1, 1, 2, 2, 2, 2]], 5, axis=0)
places.pop("time")
data = xr.Dataset({"zone": (("y", "x"), codes)}, coords=places).rio.write_crs("EPSG:32648")
data.to_zarr(HERE / "zones.zarr", consolidated=False)

# The same variables as netCDF, which GDAL reads, and as stores: stored numbers, of which attributes say which are valid
# and whether they have a sign.
days = [(time - TIMES[0]).days for time in TIMES]
steps = axes(times=("time", days, {"units": "days since 2001-07-01"}))
counts = RNG.normal(500, 100, SHAPE).round(0)
floats = field()
raw = {
    "both": (counts.astype("i2"), {"_FillValue": np.int16(-9999), "scale_factor": 0.5, "add_offset": 10.0,
                                   "valid_min": np.int16(450), "valid_max": np.int16(620)}),
    "least": (counts.astype("i2"), {"_FillValue": np.int16(-9999), "valid_min": np.int16(450)}),
    "most": (counts.astype("i4"), {"_FillValue": np.int32(-9999), "valid_max": np.int32(600)}),
    "floats": (floats, {"_FillValue": np.float32("nan"), "valid_range": np.array([420.25, 600.5], "f4")}),
    "words": ((counts * 70).astype("u2").view("i2"), {
        "_Unsigned": "true", "_FillValue": np.int16(-1), "scale_factor": 0.0025, "add_offset": 190.0,
        "valid_range": np.array([9200, 42000]).astype("u2").view("i2")}),
    "bytes": ((counts / 4).astype("u1").view("i1"), {"_Unsigned": "true", "_FillValue": np.int8(-1)}),
}
raw["both"][0][0, 0, :3] = -9999
raw["words"][0][1, 2, :3] = -1
raw["bytes"][0][2, 2, :3] = -1
unit = {"units": "g C m-2 yr-1"}
data = xr.Dataset({name: (DIMS, of, attributes | unit) for name, (of, attributes) in raw.items()}, coords=steps)
data.to_netcdf(HERE / "attributes.nc", format="NETCDF3_CLASSIC")
stored = xr.open_dataset(HERE / "attributes.nc", mask_and_scale=False, decode_times=False).load()
for zarr_format in (2, 3):
    stored.to_zarr(HERE / f"attributes{zarr_format}.zarr", zarr_format=zarr_format)
# One year, packed.
data = xr.Dataset({"npp": (("lat", "lon"), counts[0].astype("i2"), unit | {"scale_factor": 0.1})}, coords=steps)
data.drop_vars("time").to_zarr(HERE / "one_year.zarr", consolidated=False)

# Rows from south to north, in chunks of which the last, in the north, is not full.
data = dataset({"npp": (DIMS, field())}, axes(0.5))
data.to_zarr(HERE / "ascending_chunks.zarr", consolidated=False, encoding={"npp": {"chunks": (4, 2, 3)}})
note("ascending_chunks", "npp", transform=[100.0, 0.5, 0, 42.25, 0, -0.5])

(HERE / "expected.json").write_text(json.dumps(EXPECTED).replace(".0,", ",") + "\n")
