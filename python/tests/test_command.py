"""The same numbers as the command on the same rasters; its folder as a Dataset; a run by it."""

import shutil
import subprocess

import numpy as np
import pytest
import rioxarray
import xarray as xr
from conftest import ROOT
from numpy.testing import assert_array_equal

import doline

SAMPLE = ROOT / "data-samples" / "guangxi"


def raster(path):
    return rioxarray.open_rasterio(path, masked=False)


def test_a_folder_is_a_dataset(finished_run):
    ds = doline.open(finished_run)
    assert_array_equal(ds.year, range(2001, 2021))
    assert ds.nep.dims == ("year", "y", "x") and ds.nep_slope.dims == ("y", "x")
    assert ds.nep.attrs["units"] == "gC m-2 yr-1" and ds.nep_slope.attrs["units"] == "gC m-2 yr-2"
    assert ds.rio.crs.to_epsg() == 4326
    classes = ds.raw_nep_driver_class
    assert classes.dtype == np.uint8
    assert_array_equal(classes.attrs["flag_values"], range(7))
    assert classes.attrs["flag_meanings"].split()[1] == "increase_by_climate_and_people"
    assert ds.attrs["source"].startswith("Doline ")
    lazy = doline.open(finished_run, chunks={})
    assert lazy.nep.chunks is not None
    assert_array_equal(lazy.nep_p, ds.nep_p)
    with pytest.raises(FileNotFoundError, match="after the run has finished"):
        doline.open(finished_run / "maps")


def test_trends_of_a_stack_are_the_maps_of_the_command(finished_run):
    ds = doline.open(finished_run)
    found = ds.nep.doline.trend(min_years=15)
    for name, values in found.items():
        expected = ds[f"nep_{name}"]
        # The command narrows before, and adds no level again.
        assert_array_equal(values, expected, err_msg=str(name))
        assert values.attrs.get("units") == expected.attrs.get("units"), name


def test_whole_numbers_with_scale_and_fill_are_the_maps_of_the_command(command, tmp_path):
    files = sorted((SAMPLE / "npp").glob("npp_*.tif"))
    out = tmp_path / "out"
    arguments = [command, "trend", *files, "--years", "2001-2020", "--tests", "ols,sen,mk", "-o", out, "--device", "cpu"]
    arguments += ["--scale", "0.0001", "--nodata", "32767", "--valid-range", "-30000,32700", "--units", "kgC m-2 yr-1"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # The command gives carbon in grams: 0.0001 kg is 0.1 g.
    codes = np.concatenate([raster(file).values for file in files])
    found = doline.ols(np.where(codes > 32700, 32767, codes).astype("i2"), fill_value=32767, scale=0.1)
    maps = doline.open(out)
    for name, values in found._asdict().items():
        [full] = [key for key in maps if key.endswith(f"_{name.strip('_')}") and "sen" not in key and "mk" not in key]
        assert_array_equal(values, maps[full].values, err_msg=name)


def test_respiration_of_rasters_is_the_stack_of_the_command(finished_run):
    climate = {}
    for name in ("temperature", "precipitation"):
        array = rioxarray.open_rasterio(SAMPLE / "climate" / f"{name}.tif", mask_and_scale=True).rename(band="time")
        climate[name] = array.assign_coords(time=xr.date_range("2001-01", periods=240, freq="MS"))
    soc = rioxarray.open_rasterio(SAMPLE / "soil" / "soc.tif", mask_and_scale=True).squeeze("band", drop=True)
    found = xr.Dataset({**climate, "soc": soc}).doline.respiration()
    ds = doline.open(finished_run)
    for name in ("rs", "rh"):
        np.testing.assert_allclose(found[name].values, ds[name].values, rtol=2e-5)


def test_a_run_by_the_command(command, tmp_path, monkeypatch):
    monkeypatch.setenv("DOLINE_COMMAND", command)
    study = tmp_path / "study.toml"
    shutil.copytree(SAMPLE / "npp", tmp_path / "npp")
    study.write_text(
        '[study]\nname = "npp alone"\nyears = [2001, 2020]\n[inputs.npp]\nfiles = "npp/npp_{year}.tif"\n'
        'units = "kgC m-2 yr-1"\nscale = 0.0001\nvalid_range = [-30000, 32700]\nnodata = [32767]\n',
        encoding="utf-8",
    )
    out = doline.run(study, out=tmp_path / "out", options=["--device", "cpu"])
    assert "npp_slope" in doline.open(out)
    with pytest.raises(doline.CommandError, match="no.such.toml") as error:
        doline.run(tmp_path / "no.such.toml", out=tmp_path / "other")
    assert error.value.code == 2
    with pytest.raises(TypeError, match="give its client"):
        doline.run(study, out=tmp_path / "out", parts=4)
    monkeypatch.setenv("DOLINE_COMMAND", "no-such-command")
    with pytest.raises(FileNotFoundError, match="DOLINE_COMMAND"):
        doline.run(study, out=tmp_path / "other")
