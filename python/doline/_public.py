"""Functions that take arrays of xarray. They import it when they are called, since numpy alone is needed by the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from ._names import Attribution

if TYPE_CHECKING:
    import os

    import xarray as xr
    from numpy.typing import ArrayLike


def _need_xarray() -> None:
    try:
        import xarray as xarray
    except ImportError:
        raise ImportError("xarray is missing: pip install \"doline[xarray]\"") from None


def trend(
    data: xr.DataArray | xr.Dataset,
    dim: str | None = None,
    tests: Sequence[str] = ("ols", "sen", "mk"),
    *,
    min_years: int | None = None,
    alpha: float = 0.05,
    fdr: bool | str = False,
    min_variance_factor: float = 0.0,
    device: str | None = None,
) -> xr.Dataset:
    """Trends of annual series, lazy where the data are in chunks.

    Parameters
    ----------
    data : DataArray or Dataset
        Annual values; of a Dataset every variable along `dim`. Whole numbers with ``scale_factor``, ``add_offset`` or
        ``_FillValue`` among their attributes (``mask_and_scale=False``) are decoded on the way.
    dim : str
        The dimension of the years, ``time`` or ``year`` by default. Its coordinate may be of datetimes, cftime or whole
        numbers; a year that lacks is a year without data.
    tests : sequence of str
        Words of ``trend.tests`` of study files: ols, sen, mk, lag1, mk-prewhitened, mk-tfpw, mk-tfpw-significant,
        mk-hamed-rao, mk-yue-wang, mk-yue-wang-all, ols-effective, pettitt, mk-sequential, two-segment, hurst, spearman.
    min_years : int
        Valid years that a series needs, at least 4; three quarters of the years by default.
    alpha : float
        One minus the level of intervals.
    fdr : bool or str
        Also give q, each p adjusted over the map: True or a rule of `false_discovery`. Over Dask all p are gathered once.
    min_variance_factor : float
        As in `mann_kendall`.
    device : str
        As in `set_options`.

    Returns
    -------
    Dataset
        ``slope``, ``p``, ``sen``, ``mk_z``, ... as the command calls them, with the coordinates of `data`, units and the
        meanings of classes; of a Dataset each behind the name of its variable, such as ``npp_slope``.

    Examples
    --------
    >>> import xarray as xr
    >>> da = xr.DataArray(np.arange(20.0), dims="year", coords={"year": range(2001, 2021)}, attrs={"units": "gC m-2 yr-1"})
    >>> doline.trend(da, tests="ols").slope.item()
    1.0
    >>> da.doline.trend(tests="ols").slope.units
    'gC m-2 yr-2'
    """
    _need_xarray()
    from ._xarray import trend as of

    return of(data, dim, tests, min_years, alpha, fdr, min_variance_factor, device)


def correlate(
    data: xr.DataArray | xr.Dataset,
    response: str | None = None,
    drivers: Sequence[str] | Mapping[str, xr.DataArray] = (),
    dim: str | None = None,
    *,
    method: str = "pearson",
    min_years: int | None = None,
    device: str | None = None,
) -> xr.Dataset:
    """Partial correlations of a series with drivers, and the multiple regression on them.

    Parameters
    ----------
    data : Dataset or DataArray
        A Dataset with the response and the drivers as variables, or the response itself.
    response : str
        The variable that is explained.
    drivers : sequence of str, or mapping of str to DataArray
        The variables that explain it; of a DataArray a mapping.
    method : "pearson" or "spearman"
        Partial correlation of the values, or of their ranks.
    dim, min_years, device
        As in `trend`.

    Examples
    --------
    >>> import xarray as xr
    >>> rng = np.random.default_rng(1)
    >>> t, noise = rng.normal(size=(2, 20))
    >>> ds = xr.Dataset({"nep": ("year", 3 * t + 0.1 * noise), "temperature": ("year", t)})
    >>> found = ds.doline.correlate(response="nep", drivers=["temperature"])
    >>> round(found.partial_temperature.item(), 2)
    1.0
    """
    _need_xarray()
    from ._xarray import explained

    return explained(data, response, drivers, dim, min_years, method, (), device)


@overload
def attribute(
    data: xr.DataArray | xr.Dataset,
    response: str | None = ...,
    drivers: Sequence[str] | Mapping[str, xr.DataArray] = ...,
    dim: str | None = ...,
    *,
    sensitivity: Sequence[str] = ...,
    min_years: int | None = ...,
    device: str | None = ...,
) -> xr.Dataset: ...


@overload
def attribute(
    data: ArrayLike,
    response: Mapping[str, ArrayLike],
    *,
    axis: SupportsIndex = ...,
    sensitivity: Sequence[str] = ...,
    years: ArrayLike | None = ...,
    min_years: int | None = ...,
    device: str | None = ...,
) -> dict[str, Attribution]: ...


def attribute(data: Any, response: Any = None, drivers: Any = (), dim: str | None = None, **options: Any) -> Any:
    """Split a trend into what drivers explain and the rest.

    Of numpy arrays, ``attribute(y, {"temperature": t}, axis=0, years=None, sensitivity=("raw", "detrended"))`` gives a dict of
    `Attribution` by sensitivity. Of arrays of xarray it is called as `correlate`, and gives a Dataset with
    ``raw_slope_climate``, ``raw_slope_human``, ``raw_driver_class`` and so on.

    Parameters
    ----------
    data, response, drivers, dim, min_years, device
        As in `correlate`.
    sensitivity : sequence of str
        How the sensitivities to the drivers are learnt: ``raw``, ``detrended``, ``first-difference``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> t = rng.normal(size=20)
    >>> found = doline.attribute(2 * t + 0.5 * np.arange(20) + 0.1 * rng.normal(size=20), {"t": t})
    >>> sorted(found), bool(abs(found["raw"].climate + found["raw"].human - found["raw"].slope) < 1e-5)
    (['detrended', 'raw'], True)
    """
    module = type(data).__module__.partition(".")[0]
    if module != "xarray":
        from ._statistics import attribute_arrays

        if not isinstance(response, Mapping):
            raise TypeError("the drivers are a dict of name to array, such as {\"temperature\": t}")
        return attribute_arrays(data, response, **options)
    from ._xarray import explained

    options = {"sensitivity": ("raw", "detrended"), "min_years": None, "device": None} | options
    unknown = set(options) - {"sensitivity", "min_years", "device"}
    if unknown:
        raise TypeError(f"attribute of arrays of xarray has no option {', '.join(sorted(unknown))}")
    return explained(data, response, drivers, dim, method="pearson", **options)


def respiration(
    data: xr.Dataset,
    *,
    temperature: str = "temperature",
    precipitation: str = "precipitation",
    soc: str = "soc",
    dim: str | None = None,
    model: str = "gsmsr",
    heterotrophic: str = "bond-lamberty-2004",
    parameters: Mapping[str, float] | None = None,
    heterotrophic_parameters: Mapping[str, float] | None = None,
    device: str | None = None,
) -> xr.Dataset:
    """Soil and heterotrophic respiration of each year, gC m-2 yr-1.

    Parameters
    ----------
    data : Dataset
        With monthly temperature (degC) and precipitation (mm a month) from a January to a December, and soil carbon
        (kgC m-2), as the model needs them. ``units`` of K, mm day-1, kg m-2 s-1 and gC m-2 are converted, others refused;
        without ``units`` values are taken to be what the model needs.
    temperature, precipitation, soc : str
        The names of these variables.
    dim : str
        The dimension of the months, ``time`` by default.
    model, heterotrophic : str
        Words of study files.
    parameters, heterotrophic_parameters : mapping of str to float
        Coefficients by their symbols, in place of those of the models.
    device : str
        As in `set_options`.

    Returns
    -------
    Dataset
        ``rs`` and ``rh`` along ``year``; NEP is ``npp - found.rh``.

    Examples
    --------
    >>> import xarray as xr
    >>> time = xr.date_range("2001-01", periods=24, freq="MS")
    >>> months = xr.DataArray(np.full(24, 15.0), dims="time", coords={"time": time})
    >>> ds = xr.Dataset({"temperature": months, "precipitation": months * 5, "soc": 8.0})
    >>> ds.doline.respiration().rs.year.values
    array([2001, 2002])
    """
    _need_xarray()
    from ._xarray import respiration as of

    names = {"temperature": temperature, "precipitation": precipitation, "soc": soc}
    return of(data, names, dim, model, heterotrophic, parameters or {}, heterotrophic_parameters or {}, device)


def open(folder: str | os.PathLike[str], *, chunks: Any = None) -> xr.Dataset:
    """The folder of a finished run as one Dataset.

    Stacks are along ``year``, maps ``(y, x)``; a map in a folder of its own, such as ``maps/raw/nep_driver_class.tif``, is
    ``raw_nep_driver_class``. Units, descriptions, meanings of classes and the reference system are those of the files. It
    needs rioxarray: ``pip install "doline[folders]"``.

    Parameters
    ----------
    folder : path
        What the command was given as ``-o``.
    chunks
        As in ``xarray.open_dataset``, such as ``{}``: lazy; by default values are read when they are used.

    Raises
    ------
    FileNotFoundError
        There is no ``run.json`` in the folder, so no run has finished there.
    """
    _need_xarray()
    from ._folder import open_folder

    return open_folder(folder, chunks)
