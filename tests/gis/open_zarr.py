"""Open the store of Zarr of a finished run with xarray, rioxarray and GDAL, without Doline.

    python open_zarr.py RUN_FOLDER
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import rasterio
import rioxarray
import xarray as xr
import zarr

folder = Path(sys.argv[1]).resolve()
store = folder / "out.zarr"

with warnings.catch_warnings(action="error"):
    ds = xr.open_zarr(store)
    raw = xr.open_zarr(store, mask_and_scale=False)

# Years, as dates.
assert ds.nep.dims == ("time", "y", "x"), ds.nep.dims
assert ds.time.dt.year.values.tolist() == list(range(2001, 2021)), ds.time
assert (ds.time.dt.month == 1).all() and (ds.time.dt.day == 1).all()
assert ds.nep.sel(time="2005").sizes["time"] == 1
assert ds.nep.encoding["chunks"][0] == 20 and ds.nep_slope.dims == ("y", "x")

# Where it is, by rioxarray and by the files.
slope = rioxarray.open_rasterio(folder / "maps/nep_slope.tif", masked=True).squeeze("band")
assert ds.rio.crs == slope.rio.crs and ds.nep_slope.rio.crs == slope.rio.crs and ds.rio.crs.to_epsg() == 4326
assert ds.rio.transform() == slope.rio.transform(), (ds.rio.transform(), slope.rio.transform())
assert np.allclose(ds.x, slope.x, rtol=0, atol=1e-12) and np.allclose(ds.y, slope.y, rtol=0, atol=1e-12)
assert ds.x.attrs["standard_name"] == "longitude" and ds.x.attrs["units"] == "degrees_east"
assert ds.attrs["Conventions"] == "CF-1.11" and ds.attrs["title"]

# Every file is an array with its bits, its unit, and its missing value.
files = sorted(str(path.relative_to(folder)) for room in ("maps", "stacks") for path in (folder / room).rglob("*.tif"))
arrays = {raw[name].attrs["file"]: name for name in raw.data_vars}
assert sorted(arrays) == files, set(arrays) ^ set(files)
n_bands = 0
for file, name in arrays.items():
    with rasterio.open(folder / file) as tif:
        expected = tif.read()
        unit, nodata, bands = tif.units[0], tif.nodata, tif.descriptions
        labels = tif.tags(1)
    found = raw[name].values.reshape(expected.shape)
    assert found.dtype == expected.dtype and found.tobytes() == expected.tobytes(), file
    said = raw[name].attrs
    if expected.dtype == "float32":
        assert said.get("units") == unit, (file, said.get("units"), unit)
        assert np.isnan(nodata) and np.isnan(raw[name].rio.nodata)
    else:
        assert said["_FillValue"] == nodata == (255 if expected.dtype == "uint8" else 65535)
    if "flag_values" in said:
        words = said["flag_meanings"].split()
        assert len(words) == len(said["flag_values"]), said
        for code, word in zip(said["flag_values"], words):
            letters = lambda text: "".join(c for c in text if c.isalnum())
            assert letters(labels[f"class_{code}"]) == letters(word), (file, code, word)
    if len(bands) > 1:
        assert [str(year) for year in ds.time.dt.year.values] == list(bands), file
    n_bands += len(bands)

# Classes and bits: as CF has them.
classes = ds.nep_class
assert classes.attrs["flag_values"][2] == 3 and classes.attrs["flag_meanings"].split()[2] == "no_significant_change"
assert np.isnan(classes).any() and set(np.unique(classes.values[~np.isnan(classes.values)])) <= set(classes.attrs["flag_values"])
bits = ds.flags.attrs["flag_masks"]
assert all(bit & (bit - 1) == 0 for bit in bits) and len(bits) == len(ds.flags.attrs["flag_meanings"].split())

# A map that xarray writes as GeoTIFF is the map of the run.
ds.nep_slope.rio.to_raster(folder / "again.tif")
with rasterio.open(folder / "again.tif") as again, rasterio.open(folder / "maps/nep_slope.tif") as first:
    assert np.array_equal(again.read(), first.read(), equal_nan=True)
    # xarray makes the transform anew of the coordinates.
    assert again.crs == first.crs and again.transform.almost_equals(first.transform, 1e-12)
(folder / "again.tif").unlink()

# The same by GDAL, as the manual writes it. Before 3.11 it knew a draft of Zarr 3.
by_gdal = "which cannot read Zarr 3"
version = tuple(int(part) for part in rasterio.__gdal_version__.split(".")[:2])
with rasterio.Env() as env:
    if "Zarr" in env.drivers() and version >= (3, 11):
        with rasterio.open(f'ZARR:"{store}":/nep_slope') as array, rasterio.open(folder / "maps/nep_slope.tif") as tif:
            assert np.array_equal(array.read(), tif.read(), equal_nan=True)
            assert array.crs == tif.crs and np.allclose(array.transform, tif.transform, rtol=0, atol=1e-9), (array.crs, array.transform)
        with rasterio.open(f'ZARR:"{store}":/nep:19') as array, rasterio.open(folder / "stacks/nep.tif") as tif:
            assert np.array_equal(array.read(1), tif.read(20), equal_nan=True)
        by_gdal = "which reads it too"

record = json.loads((folder / "run.json").read_text())
assert record["store"]["bytes"] == sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
print(
    f"xarray {xr.__version__}, zarr {zarr.__version__}, rioxarray {rioxarray.__version__}, GDAL {rasterio.__gdal_version__} {by_gdal}: "
    f"{len(arrays)} arrays of {n_bands} bands with the bits of their files"
)
