#!/usr/bin/env python3
"""Peak memory and seconds of `doline run` while the area grows.

Every input is a mosaic (VRT) that repeats one small tile, so that no disk is filled with inputs: blocks are decoded as
those of large files. Prints one line for each area and budget.

    scripts/memory_over_area.py [--doline target/release/doline] [--mpixels 1,4,16,64] [--budgets 512MiB,2GiB]

The tile is made by `doline synth`.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time



def make_tile(doline, folder, side):
    """A synthetic study of one tile, with all its inputs on the grid of npp."""
    subprocess.run(
        [doline, "synth", "--out", folder, "--size", f"{side}x{side}", "-q"],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def describe(doline, path):
    """Bands with their descriptions, type, grid and nodata of a raster, as Doline reads it."""
    found = subprocess.run([doline, "inspect", "--json", path], check=True, capture_output=True)
    return json.loads(found.stdout)[0]["raster"]


def mosaic(doline, tif, vrt, times):
    """Writes a mosaic of `times` x `times` copies of `tif`."""
    raster = describe(doline, tif)
    width, height = raster["width"], raster["height"]
    xmin, _, _, ymax = raster["extent"]["bounds"]
    dx, dy = raster["extent"]["pixel"]
    labels = labels_of(tif, raster["bands"])
    lines = [f'<VRTDataset rasterXSize="{width * times}" rasterYSize="{height * times}">']
    lines.append(f"<SRS>{raster['extent']['crs']}</SRS>")
    lines.append(f"<GeoTransform>{xmin}, {dx}, 0, {ymax}, 0, {-dy}</GeoTransform>")
    for band in range(1, raster["bands"] + 1):
        lines.append(f'<VRTRasterBand dataType="{raster["data_type"]}" band="{band}">')
        lines.append(f"<Description>{labels[band - 1]}</Description>")
        for code in raster["nodata"][:1]:
            lines.append(f"<NoDataValue>{code}</NoDataValue>")
        if raster["unit"]:
            lines.append(f"<UnitType>{raster['unit']}</UnitType>")
        if raster["scale"] is not None:
            lines.append(f"<Scale>{raster['scale']}</Scale>")
        if raster["offset"] is not None:
            lines.append(f"<Offset>{raster['offset']}</Offset>")
        for row in range(times):
            for col in range(times):
                lines.append(
                    f'<SimpleSource><SourceFilename relativeToVRT="1">{tif.name}</SourceFilename>'
                    f"<SourceBand>{band}</SourceBand>"
                    f'<SourceProperties RasterXSize="{width}" RasterYSize="{height}" '
                    f'DataType="{raster["data_type"]}" BlockXSize="{raster["block"][0]}" '
                    f'BlockYSize="{raster["block"][1]}"/>'
                    f'<SrcRect xOff="0" yOff="0" xSize="{width}" ySize="{height}"/>'
                    f'<DstRect xOff="{col * width}" yOff="{row * height}" xSize="{width}" ySize="{height}"/>'
                    "</SimpleSource>"
                )
        lines.append("</VRTRasterBand>")
    lines.append("</VRTDataset>")
    vrt.write_text("\n".join(lines))


def labels_of(tif, n_bands):
    """Years and months of the bands of the synthetic rasters, which are in order."""
    if n_bands == 1:
        year = re.search(r"(19|20)\d\d", tif.stem)
        return [year.group(0) if year else ""]
    if n_bands % 12 == 0:
        return [f"{2001 + band // 12}-{band % 12 + 1:02}" for band in range(n_bands)]
    return [str(2001 + band) for band in range(n_bands)]


def study_of(folder, times, doline):
    """A study file beside the synthetic one, whose inputs are mosaics."""
    text = (folder / "study.toml").read_text()
    text = re.split(r"^\[(?:zones|measures|sites|phase|geodetector)", text, maxsplit=1, flags=re.M)[0]
    for tif in sorted(folder.rglob("*.tif")):
        if tif.parts[-2] in ("truth", "zones"):
            continue
        mosaic(doline, tif, tif.with_suffix(f".{times}.vrt"), times)
    text = re.sub(r'(files\s*=\s*"[^"]*)\.tif"', rf'\1.{times}.vrt"', text)
    path = folder / f"study_{times}.toml"
    path.write_text(text)
    return path


def run(doline, study, budget, out):
    start = time.monotonic()
    done = subprocess.run(
        [doline, "run", study, "--out", out, "--device", "cpu", "-q",
         "--set", f"engine.memory={budget}", "--set", 'trend.tests=["ols"]', "--set", 'trend.of=["nep"]',
         "--set", 'output.layers=["nep_mean", "nep_slope", "nep_p"]'],
        capture_output=True, text=True,
    )
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{study}: exit {done.returncode}: {done.stderr}")
    record = json.loads((pathlib.Path(out) / "run.json").read_text())
    return record["size"], record["peak_memory_bytes"], seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--doline", default="target/release/doline")
    parser.add_argument("--mpixels", default="1,4,16,64")
    parser.add_argument("--budgets", default="512MiB,2GiB")
    parser.add_argument("--tile", type=int, default=1024, help="rows and columns of the tile")
    args = parser.parse_args()
    doline = str(pathlib.Path(args.doline).resolve())
    print(f"{'pixels':>14} {'budget':>8} {'peak MiB':>9} {'seconds':>8}")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "tile"
        make_tile(doline, str(folder), args.tile)
        for mpixels in (float(n) for n in args.mpixels.split(",")):
            times = max(1, round((mpixels * 2**20) ** 0.5 / args.tile))
            study = study_of(folder, times, doline)
            for budget in args.budgets.split(","):
                with tempfile.TemporaryDirectory() as out:
                    size, peak, seconds = run(doline, str(study), budget, out)
                print(f"{size[0]:>6} x {size[1]:<5} {budget:>8} {peak / 2**20:>9.0f} {seconds:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
