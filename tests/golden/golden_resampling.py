"""Golden cases of the kernels that bring an input to another grid.

Expected values come from GDAL's warper (through rasterio), pixel by pixel, and are checked against the definitions written
out in numpy. The two differ where GDAL does: see `DIFFERS`.
"""

import math

import numpy as np
import rasterio
import rasterio.warp
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.transform import Affine

ROWS, COLUMNS = 7, 9
# GDAL's sums are in float32 for weights of `average`, in float64 elsewhere.
AGREE = {"nearest": 0.0, "bilinear": 2e-6, "cubic": 2e-6, "average": 2e-6, "mode": 0.0}


def cells_of(kind, seed):
    """Cells on ROWS x COLUMNS: smooth, rough, classes; with gaps where the name says so."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    if kind.startswith("smooth"):
        cells = 12.0 + 0.7 * x - 0.4 * y + 0.05 * x * y
    elif kind.startswith("classes"):
        cells = random.integers(1, 4, (ROWS, COLUMNS)).astype(float)
    else:
        cells = random.normal(300.0, 80.0, (ROWS, COLUMNS))
    cells = cells.astype(np.float32)
    if "gap" in kind:
        cells[2, 3] = np.nan
        cells[4, 5:7] = np.nan
    return cells


def by_gdal(way, cells, x, y, half_width, half_height, reach):
    destination = np.full((1, 1), np.nan, np.float32)
    # Cells of a kilometre, since rasterio takes a raster near (0, 0) for one without coordinates.
    source = Affine(1000, 0, 500_000, 0, -1000, 2_600_000)
    transform = source * Affine(2 * half_width, 0, x - half_width, 0, 2 * half_height, y - half_height)
    options = {"XSCALE": 1 / reach[0], "YSCALE": 1 / reach[1]} if way in ("bilinear", "cubic") else {}
    rasterio.warp.reproject(
        cells, destination, src_transform=source, src_crs=CRS.from_epsg(32648), src_nodata=np.nan,
        dst_transform=transform, dst_crs=CRS.from_epsg(32648), dst_nodata=np.nan, resampling=Resampling[way],
        num_threads=1, **options)
    return float(destination[0, 0])


def keys(d):
    d = abs(d)
    if d < 1:
        return 1.5 * d**3 - 2.5 * d**2 + 1
    return -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2 if d < 2 else 0.0


def triangle(d):
    return max(0.0, 1 - abs(d))


def overlap(cell, centre, half):
    return max(0.0, min(cell + 1, centre + half) - max(cell, centre - half))


def weights(way, x, y, half_width, half_height, reach):
    """The weight of every cell of a plane that is wider than the file, so that those outside are known too."""
    def axis(centre, half, reach, n):
        cells = np.arange(-20, n + 20)
        if way in ("average", "mode"):
            return np.array([overlap(c, centre, half) for c in cells])
        if way == "nearest":
            return np.array([1.0 if c == math.floor(centre) else 0.0 for c in cells])
        kernel = keys if way == "cubic" else triangle
        return np.array([kernel((c + 0.5 - centre) / reach) for c in cells])

    w = np.outer(axis(y, half_height, reach[1], ROWS), axis(x, half_width, reach[0], COLUMNS))
    return w / w.sum()


def by_definition(way, cells, x, y, half_width, half_height, reach):
    wide = np.full((ROWS + 40, COLUMNS + 40), np.nan)
    wide[20:-20, 20:-20] = cells
    w = weights(way, x, y, half_width, half_height, reach)
    there = ~np.isnan(wide)
    if way == "cubic" and max(reach) <= 1 and np.abs(w[~there]).sum() > 1e-4:
        return by_definition("bilinear", cells, x, y, half_width, half_height, reach)
    inside = np.zeros_like(there)
    inside[20:-20, 20:-20] = True
    missing = np.abs(w[inside & ~there]).sum() > 1e-4
    if w[there].sum() <= 1e-4:
        return math.nan, False
    if way == "mode":
        parts = {v: w[wide == v].sum() for v in np.unique(wide[there])}
        most = max(parts.values())
        return min(v for v, part in parts.items() if part > most - 1e-4), missing
    return float((w[there] * wide[there]).sum() / w[there].sum()), missing


PLACES = [  # x, y, half width, half height, reach: in cells
    ("the centre of a cell", "smooth", 4.5, 3.5, 0.05, 0.05, (1, 1)),
    ("between four cells", "rough", 4.0, 3.0, 0.125, 0.125, (1, 1)),
    ("anywhere", "rough", 6.3, 2.8, 0.05, 0.05, (1, 1)),
    ("near the left edge", "rough", 0.25, 3.6, 0.05, 0.05, (1, 1)),
    ("in the last corner", "rough", 8.75, 6.75, 0.1, 0.1, (1, 1)),
    ("beside a gap", "rough with gaps", 4.2, 2.9, 0.05, 0.05, (1, 1)),
    ("beside a wider gap", "smooth with gaps", 5.2, 3.9, 0.1, 0.1, (1, 1)),
    ("as large as a cell, half a cell off", "smooth", 3.0, 2.0, 0.5, 0.5, (1, 1)),
    ("two and a half cells wide", "rough", 4.25, 3.25, 1.25, 1.25, (2.5, 2.5)),
    ("wider than high", "rough", 4.4, 3.3, 2.0, 0.75, (4, 1.5)),
]


def cases(helpers, way):
    out = []
    for number, (name, kind, x, y, half_width, half_height, reach) in enumerate(PLACES):
        if way == "mode":
            kind = "classes with gaps" if "gap" in kind else "classes"
        cells = cells_of(kind, number)
        x, y, half_width, half_height = (float(np.float32(v)) for v in (x, y, half_width, half_height))
        col, row = math.floor(x), math.floor(y)
        place = [col, float(np.float32(x - col)), row, float(np.float32(y - row)), half_width, half_height, 0, COLUMNS, ROWS]
        args = (way, cells, col + place[1], row + place[3], half_width, half_height, reach)
        expected, beside = by_definition(*args)
        source = "numpy float64; the definition"
        theirs = by_gdal(*args)
        if not math.isnan(theirs):
            allowed = AGREE[way] * np.nanmax(np.abs(cells))
            assert abs(theirs - expected) <= allowed or name in DIFFERS.get(way, ()), (way, name, expected, theirs)
            source += f"; GDAL {rasterio.__gdal_version__} warper" if abs(theirs - expected) <= allowed else ""
        out.append(helpers.case(
            f"{name}, {kind}", source, {"way": way, "reach": list(reach)},
            {"classes" if way == "mode" else "cells": helpers.plain(cells.ravel()), "places": place},
            {"value": [expected], "flags": [32 if beside else 0]}))
    return out


# Where GDAL does otherwise than its manual says of the method, and why.
DIFFERS = {}


def kernel(way):
    def make(helpers):
        helpers.write(f"resample_{way}", cases(helpers, way))
    make.__name__ = f"resample_{way}"
    return make


KERNELS = [kernel(way) for way in ("nearest", "bilinear", "cubic", "average", "mode")]
