"""The folder of a finished run as one Dataset."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ._blocks import label_classes


def open_folder(folder: str | os.PathLike[str], chunks: Any) -> xr.Dataset:
    """See `doline.open`."""
    try:
        import rioxarray as rioxarray
    except ImportError:
        raise ImportError("rioxarray is missing: pip install \"doline[folders]\"") from None
    folder = Path(folder)
    record_path = folder / "run.json"
    if not record_path.is_file():
        raise FileNotFoundError(
            f"{folder} has no run.json: name the folder that `doline run` wrote to, after the run has finished"
        )
    record = json.loads(record_path.read_text(encoding="utf-8"))
    first, last = record["years"]
    years = np.arange(first, last + 1)
    variables = {}
    for room in ("stacks", "maps"):
        for path in sorted((folder / room).rglob("*.tif")):
            name = "_".join(path.relative_to(folder / room).with_suffix("").parts)
            variables[name] = _raster(path, room == "stacks", years, chunks)
    if not variables:
        raise FileNotFoundError(f"{folder} has no maps: the run wrote tables alone, or another format than GeoTIFF")
    attrs = {"source": f"Doline {record['doline']}", "title": record["study"], "study_sha256": record["study_sha256"]}
    return xr.Dataset(variables, attrs=attrs)


def _raster(path: Path, is_stack: bool, years: np.ndarray[Any, Any], chunks: Any) -> xr.DataArray:
    opened = _opened(path, False, chunks)
    # Maps of classes are of whole numbers, and keep the code of none.
    is_class = opened.dtype == np.uint8
    tags = opened.attrs
    if not is_class:
        opened = _opened(path, True, chunks)
    if is_stack and opened.sizes["band"] == years.size:
        array = opened.rename(band="year").assign_coords(year=years)
    else:
        array = opened.squeeze("band", drop=True)
    unit = tags.get("units", "1")
    array.attrs = {
        "long_name": tags.get("TIFFTAG_IMAGEDESCRIPTION", path.stem),
        "units": unit if isinstance(unit, str) else unit[0],
    }
    if is_class:
        codes = {int(key[len("class_") :]): str(label) for key, label in tags.items() if key.startswith("class_")}
        label_classes(array, sorted(codes.items()))
    return array


def _opened(path: Path, masked: bool, chunks: Any) -> xr.DataArray:
    import rioxarray

    opened = rioxarray.open_rasterio(path, masked=masked, chunks=chunks)
    if not isinstance(opened, xr.DataArray):
        raise TypeError(f"{path} is no map of one kind of values")
    return opened
