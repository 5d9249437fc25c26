"""DataArrays and Datasets: dimensions, coordinates, attributes, years."""

import numpy as np
import pytest
import xarray as xr
from numpy.testing import assert_array_equal

import doline


@pytest.fixture
def npp():
    """Twenty years with a reference system and attributes, of float32."""
    values = np.random.default_rng(1).normal(400, 20, (20, 6, 8)).astype("f4")
    values[3, 2, 2] = np.nan
    return xr.DataArray(
        values,
        dims=("time", "y", "x"),
        coords={
            "time": xr.date_range("2001-07-01", periods=20, freq="YS-JUL"),
            "y": np.linspace(26, 20, 6),
            "x": np.linspace(104, 112, 8),
            "lon": (("y", "x"), np.ones((6, 8))),
            "spatial_ref": xr.DataArray(0, attrs={"crs_wkt": "GEOGCS[]"}),
        },
        attrs={
            "units": "gC m-2 yr-1",
            "long_name": "net primary production",
            "grid_mapping": "spatial_ref",
            "institution": "a university",
            "_FillValue": -1,
        },
        name="npp",
    )


def test_results_keep_what_is_of_the_grid_and_say_what_they_are(npp):
    found = doline.trend(npp, tests=["ols", "mk", "mk-sequential"])
    assert found.slope.dims == ("y", "x")
    for name in ("y", "x", "lon", "spatial_ref"):
        assert name in found.coords
    assert found.spatial_ref.attrs["crs_wkt"] == "GEOGCS[]"
    assert found.slope.attrs == {
        "units": "gC m-2 yr-2",
        "long_name": "Linear trend of npp by ordinary least squares",
        "grid_mapping": "spatial_ref",
        "institution": "a university",
    }
    classes = found["class"]
    assert classes.dtype == np.uint8 and classes.encoding["_FillValue"] == 255
    assert_array_equal(classes.attrs["flag_values"], [1, 2, 3, 4, 5])
    assert classes.attrs["flag_meanings"].split() == [
        "strong_decrease",
        "decrease",
        "no_significant_change",
        "increase",
        "strong_increase",
    ]
    assert found.mk_uf.dims == ("year", "y", "x")
    assert_array_equal(found.year, range(2001, 2021))
    assert "2001" in found.intercept.attrs["long_name"]
    assert_array_equal(found.slope, doline.ols(npp.values).slope)
    assert_array_equal(found.mk_z, doline.mann_kendall(npp.values).z)


def test_the_order_of_dimensions_does_not_matter(npp):
    expected = doline.trend(npp)
    found = doline.trend(npp.transpose("y", "x", "time"))
    xr.testing.assert_identical(found, expected)
    one = npp.isel(y=2, x=2).doline.trend()
    assert one.slope.dims == () and one.slope == expected.slope[2, 2]


def test_the_accessor_and_datasets(npp):
    ds = xr.Dataset({"npp": npp, "rh": npp * 0.5, "mask": npp.isel(time=0, drop=True)}, attrs={"title": "t"})
    found = ds.doline.trend(tests="ols")
    xr.testing.assert_equal(found.npp_slope.drop_vars("time", errors="ignore"), npp.doline.trend().slope)
    assert found.attrs == {"title": "t"}
    assert not any(name.startswith("mask") for name in found)
    correlated = ds.doline.correlate("npp", ["rh"])
    assert set(correlated) == {"coef_rh", "beta_rh", "partial_rh", "partial_rh_p", "vif_rh", "drivers_r2", "drivers_p"}
    noisy = ds.assign(t=npp.copy(data=np.random.default_rng(2).normal(size=npp.shape)))
    split = noisy.doline.attribute("npp", ["t"])
    np.testing.assert_allclose(split.raw_slope_climate + split.raw_slope_human, split.slope, atol=1e-4)
    assert split.raw_driver_class.attrs["flag_meanings"].startswith("unclassified increase_by_climate_and_people")
    xr.testing.assert_equal(npp.doline.attribute({"t": noisy.t}).raw_slope_t, split.raw_slope_t)


def test_years_are_read_from_datetimes_cftime_and_whole_numbers(npp):
    expected = doline.trend(npp, tests="pettitt")
    assert expected.pettitt_year.min() >= 2001
    cftime = npp.assign_coords(time=xr.date_range("2001", periods=20, freq="YS", calendar="360_day", use_cftime=True))
    whole = npp.assign_coords(time=np.arange(2001, 2021))
    floats = npp.assign_coords(time=np.arange(2001.0, 2021.0))
    renamed = npp.assign_coords(time=np.arange(2001, 2021)).rename(time="year")
    for other in (cftime, whole, floats, renamed):
        xr.testing.assert_equal(doline.trend(other, tests="pettitt").pettitt_year, expected.pettitt_year)


def test_a_year_that_lacks_is_a_gap(npp):
    with_gap = npp.copy()
    with_gap[7] = np.nan
    xr.testing.assert_equal(doline.trend(npp.drop_isel(time=7)), doline.trend(with_gap))


def test_years_that_are_none_are_refused_with_what_to_do(npp):
    months = npp.assign_coords(time=xr.date_range("2001-01", periods=20, freq="MS"))
    for data, words in [
        (months, r"time has 12 values in 2001.*resample\(time=\"YS\"\)"),
        (npp.assign_coords(time=list("abcdefghijklmnopqrst")), "has no years"),
        (npp.assign_coords(time=np.arange(20) + 0.5), "time: years must be whole numbers"),
        (npp.rename(time="t"), "none of 't', 'y', 'x' is called time or year"),
        (npp.isel(time=slice(3)), "3 years are fewer than the 4"),
        (npp.chunk(time=5), r"chunk\(time=-1\)"),
    ]:
        with pytest.raises(ValueError, match=words):
            doline.trend(data)
    with pytest.raises(ValueError, match="name the years' one"):
        doline.trend(npp, dim="year")
    with pytest.raises(ValueError, match="not on one grid"):
        npp.doline.correlate({"t": npp.assign_coords(x=npp.x + 1)})


def test_stored_whole_numbers_are_decoded_by_their_attributes(npp):
    codes = npp.copy(data=np.nan_to_num(npp.values * 10, nan=-3000).astype("i2"))
    codes.attrs |= {"scale_factor": 0.1, "add_offset": 5.0, "_FillValue": np.int16(-3000)}
    found = doline.trend(codes)
    expected = doline.trend(xr.decode_cf(codes.to_dataset(name="v")).v)
    np.testing.assert_allclose(found.slope, expected.slope, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["mean"], expected["mean"], rtol=1e-5)
    assert "scale_factor" not in found.slope.attrs
    assert_array_equal(found.n, expected.n)


def test_all_codes_of_missing_values_are_missing(npp):
    values = np.random.default_rng(3).integers(100, 900, npp.shape).astype("i2")
    stored = values.copy()
    stored[2], stored[5, 0], stored[7, :, 1] = -3000, -2000, -1000
    expected = doline.trend(npp.copy(data=np.where(stored < 0, np.nan, stored).astype("f4")), tests=["ols", "mk"])
    codes = npp.copy(data=stored)
    codes.attrs |= {"_FillValue": np.int16(-3000), "missing_value": np.array([-2000, -1000], "i2")}
    # Decoded in part: one code is NaN already, and says nothing of the others.
    floats = codes.where(codes != -3000).assign_attrs(codes.attrs | {"_FillValue": np.nan})
    for one in (codes, codes.astype("f4"), codes.astype("f8"), codes.astype("i4"), codes.chunk(y=2), floats):
        found = doline.trend(one, tests=["ols", "mk"])
        assert_array_equal(found.n, expected.n)
        np.testing.assert_allclose(found.slope, expected.slope, rtol=1e-5)
        assert_array_equal(found.mk_s, expected.mk_s)


def test_floats_that_may_be_stored_numbers_are_refused(npp):
    with pytest.raises(ValueError, match="scale_factor 0.1 .*mask_and_scale=True"):
        doline.trend(npp.assign_attrs(scale_factor=0.1))
    assert_array_equal(doline.trend(npp.assign_attrs(scale_factor=1.0)).slope, doline.trend(npp).slope)


def test_results_survive_netcdf(npp, tmp_path):
    found = doline.trend(npp)
    found["class"][0, 0] = 255
    found.to_netcdf(tmp_path / "trend.nc", engine="netcdf4")
    back = xr.open_dataset(tmp_path / "trend.nc", engine="netcdf4")
    assert_array_equal(back.slope, found.slope)
    assert np.isnan(back["class"][0, 0]) and back["class"][1, 1] == found["class"][1, 1]


def test_q_and_the_classes_on_it(npp):
    found = doline.trend(npp + xr.DataArray(np.arange(20.0), dims="time") * 4, fdr=True)
    for p, q in (("p", "q"), ("mk_p", "mk_q")):
        assert_array_equal(found[q], doline.false_discovery(found[p].values))
    significant = found.q < 0.05
    assert_array_equal(found["class"].isin([1, 2, 4, 5]), significant)
    assert significant.any()
    assert found["class"].attrs["flag_meanings"].startswith("strong_decrease")
    assert "q < 0.01" in found["class"].attrs["long_name"] and "p <" not in found["class"].attrs["long_name"]
    assert "p < 0.01" in doline.trend(npp)["class"].attrs["long_name"]
    with pytest.raises(ValueError, match="no rule 'best'"):
        doline.trend(npp, fdr="best")


def test_two_results_of_one_name_are_refused(npp):
    a, b = (npp.copy(data=np.random.default_rng(seed).normal(size=npp.shape)) for seed in (4, 5))
    for name in ("climate", "human"):
        with pytest.raises(ValueError, match=f"two results would be called slope_{name}: .*rename"):
            npp.doline.attribute({name: a, "b": b})
        assert f"partial_{name}" in npp.doline.correlate({name: a, "b": b})
    with pytest.raises(ValueError, match="two results would be called partial_t_p: .*rename"):
        npp.doline.correlate({"t": a, "t_p": b})
    with pytest.raises(ValueError, match="two results would be called npp_mk_p: .*rename"):
        xr.Dataset({"npp": npp, "npp_mk": npp}).doline.trend(tests=["ols", "mk"])


@pytest.fixture
def climate():
    """Three years of months, two of February with 28 days, one with 29."""
    time = xr.date_range("2002-01", periods=36, freq="MS")
    rng = np.random.default_rng(1)
    variables = {
        "temperature": (("time", "y", "x"), rng.normal(15, 5, (36, 3, 4)).astype("f4")),
        "precipitation": (("time", "y", "x"), rng.uniform(0, 200, (36, 3, 4)).astype("f4")),
        "soc": (("y", "x"), np.full((3, 4), 8.0)),
    }
    return xr.Dataset(variables, coords={"time": time})


def in_unit(ds, name, unit, factor=1.0, offset=0.0):
    """A variable in another unit; `factor` of that unit are one of what models read."""
    return ds.assign({name: (ds[name] * factor + offset).assign_attrs(units=unit)})


def test_units_of_climate_are_read_and_converted(climate):
    expected = climate.doline.respiration()
    days = climate.time.dt.days_in_month
    for name, units in [
        ("temperature", ["degC", "°C", "celsius", "Celsius", "degrees_celsius", "deg C", ""]),
        ("precipitation", ["mm", "mm month-1", "mm/month", "mm mon-1", "kg m-2", "kg m**-2", "mm a month"]),
        ("soc", ["kgC m-2", "kg C m-2", "kg m-2", "kg/m2", "kg m^-2"]),
    ]:
        for unit in units:
            xr.testing.assert_equal(in_unit(climate, name, unit).doline.respiration(), expected)
    for name, unit, factor, offset in [
        ("temperature", "K", 1, 273.15),
        ("temperature", "kelvin", 1, 273.15),
        ("precipitation", "kg m-2 s-1", 1 / (86400 * days), 0),
        ("precipitation", "kg m**-2 s**-1", 1 / (86400 * days), 0),
        ("precipitation", "mm day-1", 1 / days, 0),
        ("precipitation", "mm/d", 1 / days, 0),
        ("soc", "gC m-2", 1000, 0),
    ]:
        other = in_unit(climate, name, unit, factor, offset)
        found = other.doline.respiration()
        np.testing.assert_allclose(found.rs, expected.rs, rtol=2e-5, err_msg=unit)
        xr.testing.assert_identical(other.chunk(y=1).doline.respiration().compute(), found)
    assert not np.allclose(in_unit(climate, "precipitation", "mm day-1").doline.respiration().rs, expected.rs, rtol=0.1)


def test_a_unit_for_each_band_is_one_unit(climate, npp):
    kelvin = in_unit(climate, "temperature", ("K",) * 36, offset=273.15)
    np.testing.assert_allclose(kelvin.doline.respiration().rs, climate.doline.respiration().rs, rtol=2e-5)
    assert doline.trend(npp.assign_attrs(units=["gC m-2 yr-1"] * 20)).slope.attrs["units"] == "gC m-2 yr-2"
    mixed = npp.assign_attrs(units=("gC m-2 yr-1", "kgC m-2 yr-1") * 10)
    for call in (doline.trend, lambda da: da.doline.correlate({"t": npp}), lambda da: npp.doline.attribute({"t": da})):
        with pytest.raises(ValueError, match="steps in 'gC m-2 yr-1', 'kgC m-2 yr-1': bring them to one unit"):
            call(mixed)


def test_models_of_years_read_units_of_years():
    years = {"year": range(2001, 2006)}
    t = xr.DataArray(np.full(5, 288.15), dims="year", coords=years, attrs={"units": "K"})
    options = {"model": "raich-schlesinger-1992", "parameters": {"a": 9.26, "b": 0.0127, "c": 289.0}}

    def rs(unit):
        rain = xr.DataArray(np.full(5, 800.0), dims="year", coords=years, attrs={"units": unit})
        return xr.Dataset({"temperature": t, "precipitation": rain}).doline.respiration(**options).rs.values

    for unit in ("mm yr-1", "mm/year", "kg m-2 a-1", "mm", ""):
        np.testing.assert_allclose(rs(unit), 9.26 * 15 + 0.0127 * 15 * 800 + 289, rtol=1e-5)
    for unit in ("mm month-1", "kg m-2 s-1"):
        with pytest.raises(ValueError, match="precipitation in mm yr-1: convert"):
            rs(unit)


def test_months_of_other_calendars_have_their_days(climate):
    time = xr.date_range("2002-01", periods=36, freq="MS", calendar="360_day", use_cftime=True)
    climate = climate.assign_coords(time=time)
    found = in_unit(climate, "precipitation", "kg m-2 s-1", 1 / (86400 * 30)).doline.respiration()
    np.testing.assert_allclose(found.rs, climate.doline.respiration().rs, rtol=2e-5)


def test_stored_numbers_are_converted_after_they_are_decoded(climate):
    expected = climate.doline.respiration()
    stored = np.round((climate.temperature.values + 273.15) / 0.01 - 30000).astype("i2")
    attrs = {"scale_factor": 0.01, "add_offset": 300.0, "units": "K"}
    found = climate.assign(temperature=(climate.temperature.dims, stored, attrs)).doline.respiration()
    np.testing.assert_allclose(found.rs, expected.rs, rtol=2e-3)


def test_other_units_are_refused_with_what_to_do(climate):
    for name, unit, words in [
        ("temperature", "degF", r"temperature in degC \(or K, .*\(\(da - 32\) / 1.8\).assign_attrs\(units='degC'\)"),
        ("temperature", "0.1 degC", "temperature is in '0.1 degC'"),
        ("precipitation", "m", "precipitation in mm month-1 .or mm day-1 or kg m-2 s-1"),
        ("precipitation", "mm yr-1", "is in 'mm yr-1'"),
        ("precipitation", "1", "da \\* factor"),
        ("soc", "g kg-1", r"soc in kgC m-2 \(or gC m-2"),
        ("soc", "t ha-1", "is in 't ha-1'"),
    ]:
        with pytest.raises(ValueError, match=words):
            in_unit(climate, name, unit).doline.respiration()


def test_respiration_of_monthly_climate():
    time = xr.date_range("2001-01", periods=36, freq="MS")
    rng = np.random.default_rng(1)
    variables = {
        "temperature": (("time", "y", "x"), rng.normal(15, 5, (36, 3, 4))),
        "precipitation": (("time", "y", "x"), rng.uniform(0, 200, (36, 3, 4))),
        "soc": (("y", "x"), np.full((3, 4), 8.0)),
    }
    ds = xr.Dataset(variables, coords={"time": time})
    found = ds.doline.respiration()
    assert found.rs.dims == ("year", "y", "x") and found.rs.attrs["units"] == "gC m-2 yr-1"
    assert_array_equal(found.year, [2001, 2002, 2003])
    direct = doline.soil_respiration(ds.temperature.values, ds.precipitation.values, ds.soc.values, first_year=2001)
    assert_array_equal(found.rs, direct)
    assert_array_equal(found.rh, doline.heterotrophic(direct))
    xr.testing.assert_identical(ds.chunk(y=1).doline.respiration().compute(), found)
    with pytest.raises(ValueError, match="January to a December"):
        ds.isel(time=slice(1, None)).doline.respiration()
    with pytest.raises(ValueError, match="has no 'soil'"):
        ds.doline.respiration(soc="soil")
