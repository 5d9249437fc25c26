"""Open the maps of a finished run with rioxarray and its catalogue entry with pystac and odc-stac.

    python open_in_python.py RUN_FOLDER
"""

import json
import re
import sys
import warnings
from pathlib import Path

import numpy as np
import odc.stac
import pystac
import rioxarray
import xarray
from pystac.extensions.classification import ClassificationExtension
from pystac.extensions.processing import ProcessingExtension
from pystac.extensions.projection import ProjectionExtension
from pystac.validation.local_validator import LocalValidator

folder = Path(sys.argv[1]).resolve()

# A stack: the years are the names of its bands, and there is no time axis yet.
nep = rioxarray.open_rasterio(folder / "stacks/nep.tif", masked=True)
assert nep.dims == ("band", "y", "x"), nep.dims
assert nep.long_name == tuple(str(year) for year in range(2001, 2021)), nep.long_name
assert set(np.atleast_1d(nep.units)) == {"gC m-2 yr-1"}, nep.units
assert nep.rio.crs.to_epsg() == 4326

# The line of the manual.
nep = nep.assign_coords(band=[int(year) for year in nep.long_name]).rename(band="year")
assert float(nep.year[0]) == 2001 and float(nep.year[-1]) == 2020

# The trend of the stack is the map of the trend.
slope = rioxarray.open_rasterio(folder / "maps/nep_slope.tif", masked=True).squeeze("band")
by_hand = nep.polyfit("year", 1).polyfit_coefficients.sel(degree=1)
whole = nep.notnull().all("year")
difference = float(np.abs(by_hand - slope).where(whole).max())
assert int(whole.sum()) > 1000 and difference < 1e-3, difference

# Classes: codes, with 255 as missing; the labels are in the metadata.
classes = rioxarray.open_rasterio(folder / "maps/nep_class.tif")
assert classes.rio.nodata == 255 and classes.attrs["class_5"] == "strong increase", classes.attrs

# The catalogue entry: what pystac reads, and what odc-stac lays out before it opens a file.
item = pystac.Item.from_file(str(folder / "item.json"))
text = json.loads((folder / "item.json").read_text())
assert item.id and item.bbox == text["bbox"]
assert item.common_metadata.start_datetime.year == 2001
assert item.common_metadata.end_datetime.year == 2020
maps = [path for path in folder.glob("**/*.tif") if path.parent.name != "study" and "study" not in path.parts]
rasters = {name: asset for name, asset in item.assets.items() if asset.roles == ["data"]}
hrefs = {Path(asset.get_absolute_href()).resolve() for asset in rasters.values()}
assert hrefs == {path.resolve() for path in maps}, hrefs ^ set(maps)
for name, asset in item.assets.items():
    assert Path(asset.get_absolute_href()).is_file(), (name, asset.href)
assert item.assets["nep_slope"].extra_fields["unit"] == "gC m-2 yr-2"
entry = item.assets["nep_class"].extra_fields
assert [c["title"] for c in entry["classification:classes"]][4] == "strong increase"
assert [c["color_hint"] for c in entry["classification:classes"]][4] == "2166AC"
low, high = (item.assets["nep_slope"].extra_fields["statistics"][key] for key in ("minimum", "maximum"))
assert (np.float32(low), np.float32(high)) == (slope.min(), slope.max()), (low, high)
share = item.assets["nep_slope"].extra_fields["statistics"]["valid_percent"]
assert abs(share - 100 * float(slope.notnull().mean())) < 0.01, share

# The entry by the schema of STAC 1.1 that pystac carries. No package carries the schemas of the extensions, which are on the
# network alone: their fields are read by pystac's own classes, which refuse what they do not know, and raster 2.0, of which
# there is none, by the names that it has.
with warnings.catch_warnings(action="ignore"):
    wrong = list(LocalValidator().item_validator("1.1.0").iter_errors(text))
assert not wrong, wrong
broken = {**text, "properties": {**text["properties"], "start_datetime": 2001}}
with warnings.catch_warnings(action="ignore"):
    assert list(LocalValidator().item_validator("1.1.0").iter_errors(broken)), "the schema refuses nothing"
declared = {uri.split("/")[3]: uri.split("/")[4] for uri in text["stac_extensions"]}
assert declared == {"projection": "v2.0.0", "raster": "v2.0.0", "classification": "v2.0.0", "processing": "v1.2.0"}
projection = ProjectionExtension.ext(item)
assert projection.code == "EPSG:4326" and tuple(projection.shape) == slope.shape
assert np.allclose(projection.transform[:6], list(slope.rio.transform())[:6])
assert ProcessingExtension.ext(item).software["Doline"]
RASTER = {"bits_per_sample", "histogram", "offset", "sampling", "scale", "spatial_resolution"}
for name, asset in rasters.items():
    of_extensions = {tuple(key.split(":")) for key in asset.extra_fields if ":" in key}
    assert all(prefix == "classification" or (prefix == "raster" and field in RASTER) for prefix, field in of_extensions), name
    for found in ClassificationExtension.ext(asset).classes or []:
        # The pattern that the extension asks of a name, and of a colour.
        assert re.fullmatch(r"[0-9A-Za-z-_]+", found.name) and re.fullmatch(r"[0-9A-F]{6}", found.color_hint), found

loaded = odc.stac.load([item], bands=["nep_slope", "nep_class"])
assert loaded.sizes["time"] == 1 and loaded.odc.crs.to_epsg() == 4326
given = loaded.nep_slope.isel(time=0).values
assert given.shape == slope.shape and given.dtype == "float32"
assert np.array_equal(given, slope.values, equal_nan=True)
assert loaded.nep_class.dtype == "uint8" and loaded.nep_class.attrs["nodata"] == 255

print(
    f"rioxarray {rioxarray.__version__}, xarray {xarray.__version__}, pystac {pystac.__version__}, odc-stac {odc.stac.__version__}: "
    f"{len(rasters)} assets, slopes of {int(whole.sum())} pixels within {difference:.1e}"
)
