#!/usr/bin/env python3
"""The pictures of the README and of the guide, from finished runs.

    pip install numpy matplotlib rasterio
    python scripts/make_pictures.py SYNTHETIC_OUT LAI_OUT PROVINCES

SYNTHETIC_OUT is the output of `doline run` on `doline synth --size 2000x2000`. LAI_OUT is that of
`doline trend LAI.tif --name lai --mask PROVINCES`: annual MODIS LAI of China, 2001-2020 (MOD15A2, NASA; stack of the R
package rtrend) inside the provinces (GeoJSON of Natural Earth, 1:50 million). With `-` for SYNTHETIC_OUT only the map of
China is made.
"""
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import rasterio
from matplotlib.colors import BoundaryNorm, ListedColormap, TwoSlopeNorm

OUT = pathlib.Path(__file__).resolve().parent.parent / "docs" / "images"
CLASSES = ["strong decrease", "decrease", "not significant", "increase", "strong increase"]
COLOURS = ListedColormap(["#8c510a", "#dfc27d", "#e8e8e8", "#80cdc1", "#01665e"])


def read(path):
    with rasterio.open(path) as d:
        a = d.read(1, masked=True).astype("f4")
        b = d.bounds
        step = max(1, max(a.shape) // 700)
        return a[::step, ::step], (b.left, b.right, b.bottom, b.top)


def panel(fig, ax, path, title, **style):
    a, extent = read(path)
    image = ax.imshow(a, extent=extent, interpolation="nearest", **style)
    ax.set_title(title, fontsize=9, loc="left")
    ax.tick_params(labelsize=7)
    return fig.colorbar(image, ax=ax, shrink=0.8, pad=0.02)


def classes(fig, ax, path, title):
    bar = panel(fig, ax, path, title, cmap=COLOURS, norm=BoundaryNorm(np.arange(0.5, 6), 5))
    bar.set_ticks(range(1, 6), labels=CLASSES)
    bar.ax.tick_params(labelsize=7)


def outlines(ax, provinces):
    for feature in json.loads(provinces.read_text())["features"]:
        shape = feature["geometry"]
        polygons = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
        for polygon in polygons:
            ring = np.array(polygon[0])
            ax.plot(ring[:, 0], ring[:, 1], color="#555555", linewidth=0.35)


def china(lai, provinces):
    """The trend of LAI, dotted where it is not significant at 0.05."""
    fig, ax = plt.subplots(figsize=(7.4, 4.7), constrained_layout=True)
    bar = panel(
        fig, ax, lai / "maps/lai_slope.tif", "", cmap="BrBG", norm=TwoSlopeNorm(0, -0.06, 0.06)
    )
    bar.set_label("m2 m-2 yr-1", fontsize=8)
    bar.ax.tick_params(labelsize=7)
    slope, (left, right, bottom, top) = read(lai / "maps/lai_slope.tif")
    p, _ = read(lai / "maps/lai_p.tif")
    rows, cols = np.nonzero(~slope.mask & ~(p.filled(1.0) < 0.05))
    dy, dx = (top - bottom) / slope.shape[0], (right - left) / slope.shape[1]
    ax.plot(left + (cols + 0.5) * dx, top - (rows + 0.5) * dy, ".", color="black", markersize=0.6)
    outlines(ax, provinces)
    ax.set(xlim=(73, 136), ylim=(17.5, 54), aspect=1 / np.cos(np.radians(36)))
    ax.set_title("Trend of leaf area index, 2001-2020; dots: p over 0.05", fontsize=9, loc="left")
    fig.savefig(OUT / "lai-china.png", dpi=110)


def karst(maps):
    fig, axes = plt.subplots(2, 2, figsize=(10, 7.2), constrained_layout=True)
    panel(fig, axes[0, 0], maps / "nep_mean.tif", "NEP, mean 2001-2020 [gC m-2 yr-1]", cmap="YlGn", vmin=150, vmax=650)
    panel(fig, axes[0, 1], maps / "nep_slope.tif", "NEP, linear trend [gC m-2 yr-2]", cmap="BrBG", norm=TwoSlopeNorm(0, -12, 12))
    classes(fig, axes[1, 0], maps / "nep_class.tif", "NEP, class of the trend")
    panel(fig, axes[1, 1], maps / "nep_partial_radiation.tif", "NEP and radiation, partial correlation", cmap="RdBu_r", vmin=-1, vmax=1)
    fig.savefig(OUT / "nep-synthetic-karst.png", dpi=80)


def main():
    synthetic, lai, provinces = map(pathlib.Path, sys.argv[1:4])
    china(lai, provinces)
    if synthetic != pathlib.Path("-"):
        karst(synthetic / "maps")


if __name__ == "__main__":
    main()
