#!/usr/bin/env python3
"""The pictures of the README, from finished runs.

    pip install numpy matplotlib rasterio
    python scripts/make_pictures.py SYNTHETIC_OUT LAI_OUT

SYNTHETIC_OUT is the output of `doline run` on `doline synth --size 2000x2000`, LAI_OUT that of a run with
`trend.of = ["lai"]` on annual MODIS LAI of China, 2001-2020 (MOD15A2, NASA; stack of the R package rtrend).
"""
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


def main():
    synthetic, lai = map(pathlib.Path, sys.argv[1:3])
    maps = synthetic / "maps"
    fig, axes = plt.subplots(2, 2, figsize=(10, 7.2), constrained_layout=True)
    panel(fig, axes[0, 0], maps / "nep_mean.tif", "NEP, mean 2001-2020 [gC m-2 yr-1]", cmap="YlGn", vmin=150, vmax=650)
    panel(fig, axes[0, 1], maps / "nep_slope.tif", "NEP, linear trend [gC m-2 yr-2]", cmap="BrBG", norm=TwoSlopeNorm(0, -12, 12))
    classes(fig, axes[1, 0], maps / "nep_class.tif", "NEP, class of the trend")
    panel(fig, axes[1, 1], maps / "nep_partial_radiation.tif", "NEP and radiation, partial correlation", cmap="RdBu_r", vmin=-1, vmax=1)
    fig.savefig(OUT / "nep-synthetic-karst.png", dpi=80)

    fig, axes = plt.subplots(1, 2, figsize=(10, 3.4), constrained_layout=True)
    panel(fig, axes[0], lai / "maps/lai_slope.tif", "LAI of China, linear trend 2001-2020 [yr-1]", cmap="BrBG", norm=TwoSlopeNorm(0, -0.06, 0.06))
    classes(fig, axes[1], lai / "maps/lai_class.tif", "Class of the trend")
    fig.savefig(OUT / "lai-china.png", dpi=80)


if __name__ == "__main__":
    main()
