"""The same bytes from numpy, every scheduler of Dask, and a cluster."""

import dask
import numpy as np
import pytest
import xarray as xr

import doline

TESTS = ("ols", "sen", "mk", "mk-sequential")


@pytest.fixture(scope="module")
def npp():
    rng = np.random.default_rng(3)
    values = (rng.normal(400, 20, (20, 70, 90)) + 2 * np.arange(20)[:, None, None]).astype("f8")
    values[rng.random(values.shape) < 0.03] = np.nan
    return xr.DataArray(
        values, dims=("year", "y", "x"), coords={"year": np.arange(2001, 2021)}, attrs={"units": "g"}, name="npp"
    )


@pytest.fixture(scope="module")
def expected(npp):
    return doline.trend(npp, tests=TESTS, fdr=True, device="cpu")


def assert_same_bytes(found, expected):
    assert set(found) == set(expected)
    for name in expected:
        assert found[name].dtype == expected[name].dtype, name
        assert found[name].values.tobytes() == expected[name].values.tobytes(), name
        assert found[name].attrs.keys() == expected[name].attrs.keys()


def lazy(npp):
    found = doline.trend(npp.chunk(year=-1, y=32, x=40), tests=TESTS, fdr=True)
    assert all(dask.is_dask_collection(array.data) for array in found.data_vars.values())
    return found


@pytest.mark.parametrize(("scheduler", "n"), [("threads", 1), ("threads", 2), ("threads", 4), ("synchronous", 1)])
def test_schedulers_of_one_process(npp, expected, scheduler, n):
    assert_same_bytes(lazy(npp).compute(scheduler=scheduler, num_workers=n), expected)


def test_nothing_is_computed_before_it_is_asked_for(npp):
    def fails(block):
        raise AssertionError("computed")

    data = npp.chunk(y=32).data.map_blocks(fails, dtype="f8", meta=np.empty((0, 0, 0)))
    found = doline.trend(npp.copy(data=data))
    with pytest.raises(AssertionError, match="computed"):
        found.slope.compute(scheduler="synchronous")


def test_drivers_in_blocks(npp):
    t = npp.copy(data=np.random.default_rng(4).normal(size=npp.shape))
    expected = npp.doline.attribute({"t": t})
    found = npp.chunk(y=20).doline.attribute({"t": t.chunk(x=30)}).compute()
    assert_same_bytes(found, expected)


def test_a_cluster(npp, expected):
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        assert_same_bytes(lazy(npp).compute(), expected)
