"""Numbers of scipy and pymannkendall, whatever type and order in memory the series have."""

import numpy as np
import pymannkendall
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import doline

YEARS = np.arange(20.0)


def valid(series):
    there = np.isfinite(series)
    return YEARS[there], series[there]


def test_least_squares_is_that_of_scipy(series):
    found = doline.ols(series)
    assert found._fields == ("slope", "intercept", "r2", "p", "n", "class_")
    for pixel in range(0, series.shape[1], 5):
        years, values = valid(series[:, pixel])
        if values.size < 15:
            assert np.isnan(found.slope[pixel]) and found.class_[pixel] == 255
            continue
        expected = stats.linregress(years, values)
        assert_allclose(found.slope[pixel], expected.slope, rtol=2e-5, atol=1e-6)
        assert_allclose(found.intercept[pixel], expected.intercept, rtol=1e-6)
        assert_allclose(found.r2[pixel], expected.rvalue**2, rtol=1e-4, atol=1e-7)
        assert_allclose(found.p[pixel], expected.pvalue, atol=2e-6)
        assert found.n[pixel] == values.size


def test_mann_kendall_is_that_of_pymannkendall(series):
    found = doline.mann_kendall(series)
    for pixel in range(0, series.shape[1], 10):
        values = series[:, pixel]
        if np.isfinite(values).sum() < 15:
            assert np.isnan(found.s[pixel])
            continue
        expected = pymannkendall.original_test(values)
        assert found.s[pixel] == expected.s
        assert_allclose(found.z[pixel], expected.z, rtol=1e-5, atol=1e-6)
        assert_allclose(found.p[pixel], expected.p, atol=1e-6)


def test_s_is_the_count_of_pairs_on_all_series(series):
    found = doline.mann_kendall(series, min_years=4)
    pairs = [(i, j) for i in range(20) for j in range(i + 1, 20)]
    expected = sum(np.nan_to_num(np.sign(series[j] - series[i])) for i, j in pairs)
    assert_array_equal(found.s, expected)


def test_theil_sen_is_that_of_scipy(series):
    found = doline.theil_sen(series)
    for pixel in range(0, series.shape[1], 20):
        years, values = valid(series[:, pixel])
        if values.size < 15:
            continue
        expected = stats.theilslopes(values, years, 0.95)
        assert_allclose(found.slope[pixel], expected.slope, rtol=2e-5, atol=1e-6)
        assert found.low[pixel] <= found.slope[pixel] <= found.high[pixel]


def test_variants_for_persistence_are_those_of_pymannkendall():
    rng = np.random.default_rng(5)
    values = rng.normal(size=(30, 200)).cumsum(axis=0) * 0.3 + rng.normal(size=(30, 200))
    found = doline.mann_kendall(values, method="prewhitened")
    expected = [pymannkendall.pre_whitening_modification_test(values[:, i]).z for i in range(200)]
    assert_allclose(found.z, expected, atol=0.15)
    assert np.corrcoef(found.z, expected)[0, 1] > 0.99
    original = doline.mann_kendall(values)
    assert_array_equal(found.s, original.s)
    assert (found.z != original.z).mean() > 0.9


def same(a, b):
    for one, other in zip(a, b):
        assert_array_equal(one, other)


def test_the_order_in_memory_changes_no_bit(series):
    cube = series.astype("f4").reshape(20, 100, 100)
    expected = doline.ols(cube)
    assert expected.slope.shape == (100, 100)
    same(doline.ols(np.asfortranarray(cube)), expected)
    same(doline.ols(np.ascontiguousarray(np.moveaxis(cube, 0, -1)), axis=-1), expected)
    same(doline.ols(np.moveaxis(cube, 0, 1), axis=1), expected)
    wide = np.zeros((20, 100, 200), "f4")
    wide[:, ::-1, ::2] = cube
    same(doline.ols(wide[:, ::-1, ::2]), expected)
    flat = doline.ols(series.astype("f4"))
    assert_array_equal(flat.slope.reshape(100, 100), expected.slope)
    assert doline.ols(cube[:, 3, 4]).slope == expected.slope[3, 4]
    four = doline.ols(cube.reshape(20, 10, 10, 100))
    assert_array_equal(four.p.reshape(100, 100), expected.p)


@pytest.mark.parametrize("kind", [">f4", ">f8", "f8", "i2", ">i2", "u2", "u1", "i4", "i8", "f2", "i1", "?"])
def test_every_type_and_byte_order_is_read(kind):
    codes = np.random.default_rng(3).integers(0, 2 if kind == "?" else 100, (20, 500))
    expected = doline.mann_kendall(codes.astype("f4"))
    found = doline.mann_kendall(codes.astype(kind))
    assert_array_equal(found.s, expected.s)
    assert_array_equal(found.p, expected.p)


def test_whole_numbers_are_decoded_with_scale_and_fill():
    rng = np.random.default_rng(4)
    codes = rng.integers(-2000, 9000, (20, 700)).astype("i2")
    codes[rng.random(codes.shape) < 0.1] = -3000
    values = np.where(codes == -3000, np.nan, codes * 1e-4 + 0.5)
    found = doline.ols(codes, fill_value=-3000, scale=1e-4, offset=0.5)
    expected = doline.ols(values)
    assert_array_equal(found.n, expected.n)
    assert_allclose(found.slope, expected.slope, rtol=1e-4, atol=1e-9)
    assert_allclose(found.intercept, expected.intercept, rtol=1e-5)
    wide = doline.ols(codes.astype("i4"), fill_value=-3000, scale=1e-4, offset=0.5)
    assert_allclose(wide.slope, expected.slope, rtol=1e-5, atol=1e-9)


def test_masked_arrays_have_missing_values(series):
    there = np.isfinite(series)
    masked = np.ma.MaskedArray(np.where(there, series, -9999), ~there)
    same(doline.ols(masked), doline.ols(series))


def test_masks_are_kept_wherever_an_array_is_taken(series):
    with pytest.raises(ValueError, match="years has masked values"):
        doline.ols(series[:, :4], years=np.ma.MaskedArray(np.arange(20), np.arange(20) == 3))
    there = np.isfinite(series[:, :50])
    masked = np.ma.MaskedArray(np.where(there, series[:, :50], -9999), ~there)
    same(doline.ols(list(masked)), doline.ols(series[:, :50]))
    codes = np.ma.MaskedArray(np.where(there, series[:, :50], -9999).astype("i2"), ~there)
    same(doline.ols(codes), doline.ols(codes.astype("f4").filled(np.nan)))

    t, rain = np.full((12, 2), 15.0), np.full((12, 2), 80.0)
    soc = np.ma.MaskedArray([8.0, -9999.0], [False, True])
    expected = doline.soil_respiration(t, rain, np.array([8.0, np.nan]))
    assert np.isfinite(expected[0, 0]) and np.isnan(expected[0, 1])
    assert_array_equal(doline.soil_respiration(t, rain, soc), expected)
    one = np.ma.MaskedArray(8.0, False)
    assert_array_equal(doline.soil_respiration(t[:, 0], rain[:, 0], one), expected[:, 0])
    rs = np.ma.MaskedArray([[800.0, -9999.0]], [[False, True]])
    assert_array_equal(np.isnan(doline.heterotrophic(rs)), rs.mask)

    p = np.ma.MaskedArray([0.01, 0.02, 0.0, 0.04], [False, False, True, False])
    assert_array_equal(doline.false_discovery(p), doline.false_discovery(p.filled(np.nan)))
    assert_array_equal(p.data, [0.01, 0.02, 0.0, 0.04])


@pytest.mark.parametrize("kind", ["i2", "u2", "f4", "f8"])
def test_fields_of_packed_records_are_read(kind):
    codes = np.random.default_rng(6).integers(0, 100, (20, 30))
    records = np.zeros(codes.shape, [("v", kind), ("q", "u1")])
    records["v"] = codes
    assert records["v"].strides[-1] % records["v"].itemsize
    same(doline.ols(records["v"]), doline.ols(codes.astype(kind)))
    # At whole distances, but from a place that is none.
    shifted = np.zeros(codes.shape, [("q", "u1"), ("v", kind), ("r", f"V{np.dtype(kind).itemsize - 1}")])
    shifted["v"] = codes
    same(doline.ols(shifted["v"][::-1])[2:4], doline.ols(codes[::-1].astype(kind))[2:4])
    found = doline.regression(records["v"], {"t": shifted["v"][:, ::-1]})
    expected = doline.regression(codes.astype(kind), {"t": codes[:, ::-1].astype(kind)})
    same(found[:-1], expected[:-1])


def test_a_year_that_lacks_is_a_gap_and_moves_no_other(series):
    years = np.arange(2001, 2021)
    with_gap = series[:, :50].copy()
    with_gap[7] = np.nan
    kept = years != 2008
    found = doline.ols(series[kept][:, :50], years=years[kept], min_years=4)
    same(found, doline.ols(with_gap, years=years, min_years=4))
    backwards = doline.ols(series[::-1, :50], years=years[::-1], min_years=4)
    same(backwards, doline.ols(series[:, :50], min_years=4))


def test_regression_is_that_of_numpy():
    rng = np.random.default_rng(8)
    t, p, noise = rng.normal(size=(3, 20, 40))
    y = 2 * t - p + noise + 300
    found = doline.regression(y, {"t": t, "p": p + 1000})
    assert found.coef.shape == (40, 2)
    for pixel in range(40):
        columns = np.column_stack([np.ones(20), t[:, pixel], p[:, pixel]])
        expected = np.linalg.lstsq(columns, y[:, pixel], rcond=None)[0]
        assert_allclose(found.coef[pixel], expected[1:], rtol=1e-4, atol=1e-5)


def test_attribution_parts_add_up():
    rng = np.random.default_rng(9)
    t, p = rng.normal(size=(2, 20, 6, 7))
    y = t + 0.3 * np.arange(20)[:, None, None] + rng.normal(size=(20, 6, 7))
    found = doline.attribute(y, {"t": t, "p": p})
    assert list(found) == ["raw", "detrended"]
    for parts in found.values():
        assert_allclose(parts.climate + parts.human, parts.slope, atol=1e-5)
        assert_allclose(parts.parts.sum(axis=-1), parts.climate, atol=1e-5)
        assert parts.class_.dtype == np.uint8


def test_names_of_drivers_take_no_result_from_another():
    rng = np.random.default_rng(10)
    a, b, noise = rng.normal(size=(3, 20, 5))
    y = a + 2 * b + 0.3 * np.arange(20)[:, None] + noise
    plain = doline.attribute(y, {"a": a, "b": b})
    for names in (("climate", "b"), ("human", "climate"), ("series", "a/b"), ("", 3)):
        found = doline.attribute(y, dict(zip(names, (a, b))))
        for word, parts in found.items():
            assert parts.drivers == names
            same(parts[:-1], plain[word][:-1])
            assert_allclose(parts.climate + parts.human, parts.slope, atol=1e-5)
    expected = doline.regression(y, {"a": a, "b": b})
    for names in (("t", "t_p"), ("t_p", "t")):
        found = doline.regression(y, dict(zip(names, (a, b))))
        assert found.drivers == names
        same(found[:-1], expected[:-1])


def test_respiration_is_the_equation():
    # Lloyd and Taylor have no precipitation: R10 exp(E0 (1/56.02 - 1/(T + 46.02))) a day.
    t = np.random.default_rng(2).normal(15, 8, (24, 3, 5))
    found = doline.soil_respiration(
        t, model="lloyd-taylor", first_year=2003, R10=2.0
    )
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] * 2)
    days[13] = 29
    rates = 2.0 * np.exp(308.56 * (1 / 56.02 - 1 / (t + 46.02)))
    expected = (rates * days[:, None, None]).reshape(2, 12, 3, 5).sum(axis=1)
    assert_allclose(found, expected, rtol=1e-5)
    half = doline.heterotrophic(found, law="fraction", fraction=0.5)
    assert_allclose(half, found / 2, rtol=1e-6)


def test_what_cannot_be_says_what_to_do(series):
    for call, words in [
        (lambda: doline.ols(series[:3]), "3 years are fewer than the 4 valid ones"),
        (lambda: doline.ols(series, min_years=21), "min_years"),
        (lambda: doline.ols(series, years=range(19)), "give one year each"),
        (lambda: doline.ols(series, years=[2001] * 20), "a year twice"),
        (lambda: doline.ols(series, years=np.arange(20) + 0.5), "whole numbers"),
        (lambda: doline.mann_kendall(series, method="best"), "there is no method 'best'"),
        (lambda: doline.regression(series, {}), "drivers is empty"),
        (lambda: doline.regression(series, {"t": series[:, :5]}), "np.broadcast_to"),
        (lambda: doline.ols(np.float64(3)), "years along one of its axes"),
        (lambda: doline.soil_respiration(series[:, :4]), "t has 20 months"),
        (lambda: doline.soil_respiration(series[:12, :4]), "gsmsr reads temperature, precipitation, soc"),
        (lambda: doline.soil_respiration(series[:12], model="best"), "there is no model"),
        (lambda: doline.false_discovery([0.1], rule="best"), "there is no rule"),
    ]:
        with pytest.raises(ValueError) as error:
            call()
        assert words in str(error.value)
    with pytest.raises(TypeError, match="give numbers"):
        doline.ols(np.array(["a", "b", "c"]))


def test_nothing_in_is_nothing_out():
    assert doline.ols(np.zeros((20, 0, 5))).slope.shape == (0, 5)
    assert np.isnan(doline.ols(np.full((20, 3), np.nan)).slope).all()
    constant = doline.ols(np.full((20, 3), 5.0))
    assert (constant.slope == 0).all() and np.isnan(constant.p).all()


def test_q_is_that_of_scipy(series):
    p = doline.ols(series).p
    q = doline.false_discovery(p)
    there = ~np.isnan(p)
    assert_allclose(q[there], stats.false_discovery_control(p[there]), rtol=1e-6)
    strict = doline.false_discovery(p, rule="benjamini-yekutieli")
    assert_allclose(strict[there], stats.false_discovery_control(p[there], method="by"), rtol=1e-6)
    assert np.isnan(q[~there]).all()
