"""Does a study of files as they come give the maps of the same study prepared by hand? And what does that cost?

    scripts/compare_grids.py agree --data FOLDER [--doline PATH]   # FOLDER holds the wisconsin-ndvi-climate rasters
    scripts/compare_grids.py time  [--side 2000] [--doline PATH]

`agree` takes real monthly climate of Wisconsin and soil carbon at half a degree. Once each input lies as such files do:
temperature in an Albers projection in kelvin, precipitation in netCDF with a calendar without leap days, longitudes from 0 to 360,
south up, in kg m-2 s-1; once everything is warped to the grid of the study by gdalwarp and converted by hand. It prints how far
each layer of the two runs lies apart. `time` makes a synthetic study whose 480 bands of climate are ten times as coarse as its
NPP, and times `doline run` on them, GDAL's warper on the same bands, and the run on what the warper left.

Needs gdalwarp and gdal_translate, and Python with numpy, rasterio and netCDF4.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import rasterio

YEARS = range(1982, 2014)
NOLEAP = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
GRID = "-t_srs EPSG:4326 -te {west} {south} {east} {north} -ts {width} {height} -r bilinear -et 0 -wo UNIFIED_SRC_NODATA=NO"


def shell(*words):
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)


def warp(source, target, options, band_type="Float32"):
    shell("gdalwarp", "-q", "-overwrite", "-ot", band_type, *options.split(), source, target)


def write_like(path, like, bands, nodata, **more):
    with rasterio.open(like) as source:
        profile = {**source.profile, "driver": "GTiff", "count": len(bands), "dtype": "float32", "nodata": nodata, **more}
    for key in ("blockxsize", "blockysize", "tiled", "interleave"):
        profile.pop(key, None)
    with rasterio.open(path, "w", **profile) as out:
        out.write(np.asarray(bands, np.float32))


def read(path):
    with rasterio.open(path) as source:
        return source.read(masked=True).astype(float)


def precipitation_as_netcdf(source, path):
    """Cells of a quarter of a degree, in kg m-2 s-1 of a month of the calendar without leap days."""
    import netCDF4

    coarse = path.with_suffix(".tif")
    warp(source, coarse, "-tr 0.25 0.25 -tap -r average")
    with rasterio.open(coarse) as raster:
        mm = raster.read(masked=True).astype(float)
        columns = raster.transform.c + (np.arange(raster.width) + 0.5) * raster.transform.a
        rows = raster.transform.f + (np.arange(raster.height) + 0.5) * raster.transform.e
    seconds = np.array([NOLEAP[month % 12] * 86400.0 for month in range(len(mm))])
    with netCDF4.Dataset(path, "w") as out:
        for name, values, unit in (("lon", columns % 360, "degrees_east"), ("lat", rows[::-1], "degrees_north")):
            out.createDimension(name, len(values))
            axis = out.createVariable(name, "f8", (name,))
            axis[:], axis.units = values, unit
        out.createDimension("time", len(mm))
        times = out.createVariable("time", "f8", ("time",))
        times.units, times.calendar = f"days since {YEARS[0]}-01-01", "noleap"
        starts = np.concatenate([[0], np.cumsum([NOLEAP[m % 12] for m in range(len(mm))])[:-1]])
        times[:] = starts + 15
        rate = out.createVariable("pr", "f4", ("time", "lat", "lon"), fill_value=1e20)
        rate.units = "kg m-2 s-1"
        rate[:] = (mm / seconds[:, None, None])[:, ::-1, :]
    return coarse


STUDY = """
[study]
name  = "Wisconsin"
years = [1982, 2013]
[grid]
like = "ndvi"
[inputs.ndvi]
files = "{ndvi}"
{temperature}
{precipitation}
{soc}
[trend]
of = ["rs", "rh", "temperature", "precipitation"]
[drivers]
response   = "ndvi"
predictors = ["temperature", "precipitation"]
"""


def prepare(data, work):
    ndvi = data / "WI_ndvi_growing_season_1982-2013.tif"
    with rasterio.open(ndvi) as like:
        bounds, size = like.bounds, {"width": like.width, "height": like.height}
    grid = GRID.format(west=bounds.left, south=bounds.bottom, east=bounds.right, north=bounds.top, **size)
    # What the files hold is in hundredths and tenths.
    plain = {}
    for name in ("tmean", "precip"):
        plain[name] = work / f"{name}.tif"
        shell("gdal_translate", "-q", "-unscale", "-ot", "Float32", "-a_nodata", "-9999",
              data / f"WI_{name}_monthly_1982-2013.tif", plain[name])
    # As they come.
    albers = work / "tas_albers.tif"
    warp(plain["tmean"], albers, "-t_srs EPSG:5070 -tr 12000 12000 -r average -dstnodata -9999")
    celsius = read(albers)
    kelvin = work / "tas_kelvin.tif"
    write_like(kelvin, albers, (celsius + 273.15).filled(-9999), -9999)
    coarse = precipitation_as_netcdf(plain["precip"], work / "pr.nc")
    soc = data / "WI_soc_0-100cm_0.5deg.nc"
    # By hand.
    warp(albers, work / "tas_grid.tif", grid)
    warp(coarse, work / "pr_noleap_grid.tif", grid)
    warp(soc, work / "soc_grid.tif", "-s_srs EPSG:4326 " + grid)
    write_like(work / "pr_grid.tif", work / "pr_noleap_grid.tif", read(work / "pr_noleap_grid.tif").filled(-9999), -9999)

    def table(name, path, **keys):
        lines = [f"[inputs.{name}]", f'files = "{path}"', *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]
        return "\n".join(lines)

    mixed = STUDY.format(
        ndvi=ndvi, temperature=table("temperature", kelvin, units="K", resampling="bilinear"),
        precipitation=table("precipitation", work / "pr.nc", variable="pr", resampling="bilinear"),
        soc=table("soc", soc, crs="EPSG:4326", units="kg m-2", check_range=False))
    hand = STUDY.format(
        ndvi=ndvi, temperature=table("temperature", work / "tas_grid.tif", units="degC"),
        precipitation=table("precipitation", work / "pr_grid.tif", units="mm month-1"),
        soc=table("soc", work / "soc_grid.tif", units="kg m-2", check_range=False))
    (work / "mixed.toml").write_text(mixed)
    (work / "hand.toml").write_text(hand)


def run(doline, study, out, *more):
    start = time.perf_counter()
    subprocess.run([doline, "-q", "run", study, "--out", out, *more], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(ours, theirs):
    rows = []
    for path in sorted(theirs.rglob("*.tif")):
        a, b = read_plain(ours / path.relative_to(theirs)), read_plain(path)
        both = ~np.isnan(a) & ~np.isnan(b)
        if not both.any():
            continue
        apart = np.abs(a - b)[both]
        spread = b[both].std() or 1.0
        one_sided = int((np.isnan(a) != np.isnan(b)).sum())
        rows.append((apart.max() / spread, apart.max(), np.quantile(apart, 0.999), spread, one_sided, a.size,
                     str(path.relative_to(theirs))))
    print(f"{'layer':<46} {'largest':>10} {'99.9 %':>10} {'spread':>10} {'largest/spread':>14} {'one missing':>12}")
    for relative, largest, usual, spread, one_sided, n, name in sorted(rows, key=lambda row: row[-1]):
        print(f"{name:<46} {largest:>10.2g} {usual:>10.2g} {spread:>10.3g} {relative:>14.1e} {one_sided:>6} of {n}")


def read_plain(path):
    with rasterio.open(path) as source:
        values = source.read().astype(float)
        return np.where(values == source.nodata, np.nan, values) if source.nodata is not None else values


def agree(args):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        prepare(args.data.resolve(), work)
        for name in ("mixed", "hand"):
            run(args.doline, work / f"{name}.toml", work / name, "--device", "cpu")
        compare(work / "mixed", work / "hand")


def timed(args):
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        side, coarse = args.side, args.side // 10
        for name, size in (("fine", side), ("coarse", coarse)):
            shell(args.doline, "-q", "synth", "--out", work / name, "--size", f"{size}x{size}", "--climate", "float32")
        study = (work / "fine/study.toml").read_text()
        for name in ("temperature", "precipitation"):
            study = study.replace(f'"climate/{name}.tif"', f'"../coarse/climate/{name}.tif"')
        study += '\n[output]\nlayers = ["stacks/nep", "nep_slope", "nep_p"]\n' if "[output]" not in study else ""
        (work / "fine/coarse.toml").write_text(study)
        (work / "fine/warped.toml").write_text(study.replace("../coarse/climate", "warped"))
        with rasterio.open(next((work / "fine/npp").glob("*.tif"))) as like:
            b = like.bounds
        grid = GRID.format(west=b.left, south=b.bottom, east=b.right, north=b.top, width=side, height=side)
        (work / "fine/warped").mkdir()
        direct = run(args.doline, work / "fine/coarse.toml", work / "out_direct")
        start = time.perf_counter()
        for name in ("temperature", "precipitation"):
            warp(work / f"coarse/climate/{name}.tif", work / f"fine/warped/{name}.tif",
                 grid + " -multi -wo NUM_THREADS=ALL_CPUS -wm 512 -co TILED=YES -co COMPRESS=NONE -co BIGTIFF=YES")
        warping = time.perf_counter() - start
        stored = sum(path.stat().st_size for path in (work / "fine/warped").iterdir())
        after = run(args.doline, work / "fine/warped.toml", work / "out_warped")
        seconds = json.loads((work / "out_direct/run.json").read_text())["seconds"]
        print(f"{side} x {side} pixels, 2 x 240 bands of {coarse} x {coarse} cells")
        print(f"doline run on the coarse files           {direct:8.1f} s   {json.dumps(seconds)}")
        print(f"gdalwarp of the bands to the study grid  {warping:8.1f} s   {stored / 1e9:.2f} GB written")
        print(f"doline run on the warped files           {after:8.1f} s")
        compare(work / "out_direct", work / "out_warped")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, work in (("agree", agree), ("time", timed)):
        command = commands.add_parser(name)
        command.set_defaults(work=work)
        command.add_argument("--doline", default="doline")
        command.add_argument("--data" if name == "agree" else "--side", type=Path if name == "agree" else int,
                             **({"required": True} if name == "agree" else {"default": 2000}))
    args = parser.parse_args()
    sys.exit(args.work(args))


if __name__ == "__main__":
    main()
