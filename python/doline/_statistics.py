"""Statistics of series in numpy arrays."""

from collections.abc import Mapping, Sequence
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _calls
from ._names import Attribution, Found, LinearTrend, MannKendall, Regression, TheilSen
from ._prepare import Prepared, Years, in_calendar, prepare, years_of

#: The variants of the Mann-Kendall test, with the words of study files.
METHODS = {
    "original": "mk",
    "prewhitened": "mk-prewhitened",
    "tfpw": "mk-tfpw",
    "tfpw-significant": "mk-tfpw-significant",
    "hamed-rao": "mk-hamed-rao",
    "yue-wang": "mk-yue-wang",
}

#: Results of a regression for each driver, and for all of them together.
BY_DRIVER = ("coef_{}", "beta_{}", "partial_{}", "partial_{}_p", "vif_{}")
TOGETHER = ("drivers_r2", "drivers_p")


def _series(
    y: ArrayLike,
    axis: SupportsIndex,
    years: ArrayLike | None,
    fill_value: float | None,
    scale: float,
    offset: float,
) -> tuple[Prepared, Years]:
    prepared = prepare(y, axis, fill_value=fill_value, scale=scale, offset=offset)
    calendar = years_of(years, prepared.values.shape[0])
    return in_calendar(prepared, calendar), calendar


def _map(found: Found, name: str, shape: tuple[int, ...]) -> NDArray[Any]:
    values: NDArray[Any] = found[name][0][0]
    return values.reshape(shape)


def _per_driver(
    found: Found, form: str, names: Sequence[str], shape: tuple[int, ...]
) -> NDArray[Any]:
    maps = [_map(found, form.format(name), shape) for name in names]
    return np.stack(maps, axis=-1)


def ols(
    y: ArrayLike,
    *,
    axis: SupportsIndex = 0,
    years: ArrayLike | None = None,
    min_years: int | None = None,
    fill_value: float | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
    device: str | None = None,
) -> LinearTrend:
    """Linear trend by least squares along an axis.

    Parameters
    ----------
    y : array
        Annual values; NaN and infinities are missing. Of float64 the level of each series, the median of a few of its
        valid values, is taken out before it is narrowed to float32, so that no trend is lost in it.
    axis : int
        The axis of the years.
    years : sequence of int
        The year of each value; a year that lacks is a year without data. Without it the values are of successive years.
    min_years : int
        Valid years that a series needs, at least 4; three quarters of the years by default.
    fill_value, scale, offset : float
        What stored numbers mean: ``value = stored * scale + offset``, missing where stored is `fill_value`.
    device : str
        As in `set_options`.

    Returns
    -------
    LinearTrend
        ``slope, intercept, r2, p, n, class_``, each of the shape of `y` without `axis`. `intercept` is the value in the first
        year.

    Raises
    ------
    ValueError
        There are fewer years than `min_years`, or a year twice.

    Examples
    --------
    >>> y = np.array([[1.0, 2.0, 2.5, 4.5, 5.0, 5.5]])
    >>> trend = doline.ols(y, axis=-1, years=range(2001, 2007))
    >>> trend.slope.round(3), trend.p.round(4)
    (array([0.957], dtype=float32), array([0.0006], dtype=float32))
    """
    series, calendar = _series(y, axis, years, fill_value, scale, offset)
    found = _calls.trends(
        series,
        ["ols"],
        first_year=calendar.first,
        min_years=min_years,
        wanted=["slope", "intercept", "r2", "p", "n", "class"],
        device=device,
    )
    names = ("slope", "intercept", "r2", "p", "n", "class")
    return LinearTrend(*(_map(found, name, series.shape) for name in names))


def mann_kendall(
    y: ArrayLike,
    *,
    axis: SupportsIndex = 0,
    method: str = "original",
    years: ArrayLike | None = None,
    min_years: int | None = None,
    min_variance_factor: float = 0.0,
    fill_value: float | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
    device: str | None = None,
) -> MannKendall:
    """Mann-Kendall test of a trend along an axis.

    Parameters
    ----------
    y, axis, years, min_years, fill_value, scale, offset, device
        As in `ols`.
    method : str
        ``"original"``, or one that allows for persistence: ``"prewhitened"``, ``"tfpw"``, ``"tfpw-significant"``,
        ``"hamed-rao"``, ``"yue-wang"``. `z` and `p` are of the method, `s` and `tau` of the series as it is.
    min_variance_factor : float
        Hamed and Rao, Yue and Wang multiply the variance by no less; 0 for the published forms.

    Returns
    -------
    MannKendall
        ``s, z, p, tau``. `p` is exact up to ten years without ties.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 2.5, 4.5, 5.0, 5.5, 5.4, 7.0, 6.9, 8.0, 9.0, 8.5])
    >>> test = doline.mann_kendall(y)
    >>> float(test.s), round(float(test.tau), 3)
    (60.0, 0.909)
    """
    if method not in METHODS:
        raise ValueError(f"there is no method {method!r}: choose of {', '.join(METHODS)}")
    series, calendar = _series(y, axis, years, fill_value, scale, offset)
    word = METHODS[method]
    stem = word.replace("-", "_")
    names = ("mk_s", f"{stem}_z", f"{stem}_p", "mk_tau")
    found = _calls.trends(
        series,
        list(dict.fromkeys(["mk", word])),
        first_year=calendar.first,
        min_years=min_years,
        min_variance_factor=min_variance_factor,
        wanted=names,
        device=device,
    )
    return MannKendall(*(_map(found, name, series.shape) for name in names))


def theil_sen(
    y: ArrayLike,
    *,
    axis: SupportsIndex = 0,
    alpha: float = 0.05,
    years: ArrayLike | None = None,
    min_years: int | None = None,
    fill_value: float | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
    device: str | None = None,
) -> TheilSen:
    """Theil-Sen slope along an axis, with its interval.

    Parameters
    ----------
    y, axis, years, min_years, fill_value, scale, offset, device
        As in `ols`.
    alpha : float
        One minus the level of the interval.

    Returns
    -------
    TheilSen
        ``slope, low, high, intercept``.

    Examples
    --------
    >>> y = np.array([1.0, 2.0, 2.5, 4.5, 5.0, 5.5])
    >>> float(doline.theil_sen(y).slope)
    1.0
    """
    series, calendar = _series(y, axis, years, fill_value, scale, offset)
    names = ("sen", "sen_low", "sen_high", "sen_intercept")
    found = _calls.trends(
        series,
        ["sen"],
        first_year=calendar.first,
        min_years=min_years,
        alpha=alpha,
        wanted=names,
        device=device,
    )
    return TheilSen(*(_map(found, name, series.shape) for name in names))


def _with_drivers(
    y: ArrayLike,
    drivers: Mapping[str, ArrayLike],
    axis: SupportsIndex,
    years: ArrayLike | None,
) -> tuple[Prepared, dict[str, Prepared], Years]:
    """The series, its drivers as ``x0``, ``x1`` and so on in their order, and the years."""
    series = prepare(y, axis)
    calendar = years_of(years, series.values.shape[0])
    named: dict[str, Prepared] = {}
    for number, (name, driver) in enumerate(drivers.items()):
        prepared = prepare(driver, axis, name=name)
        if prepared.values.shape != series.values.shape:
            raise ValueError(
                f"{name} has shape {np.shape(driver)} and y has {np.shape(y)}: bring them to one shape first, such as with "
                f"np.broadcast_to"
            )
        # Results have the names of drivers in theirs: a driver called "climate" would take the place of all of them together.
        named[f"x{number}"] = in_calendar(prepared, calendar)
    return in_calendar(series, calendar), named, calendar


def regression(
    y: ArrayLike,
    drivers: Mapping[str, ArrayLike],
    *,
    axis: SupportsIndex = 0,
    method: str = "pearson",
    years: ArrayLike | None = None,
    min_years: int | None = None,
    device: str | None = None,
) -> Regression:
    """Multiple regression of series on drivers along an axis, and their partial correlations.

    Parameters
    ----------
    y, axis, years, min_years, device
        As in `ols`.
    drivers : mapping of str to array
        Each of the shape of `y`, with its name.
    method : "pearson" or "spearman"
        Partial correlation of the values, or of their ranks.

    Returns
    -------
    Regression
        ``coef, beta, partial, partial_p, vif, r2, p, drivers``; the first five with the drivers as their last axis.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> t, p = rng.normal(size=(2, 20, 3))
    >>> found = doline.regression(2 * t - p + 0.01 * rng.normal(size=(20, 3)), {"t": t, "p": p})
    >>> found.drivers, found.coef[0].round(1)
    (('t', 'p'), array([ 2., -1.], dtype=float32))
    """
    series, named, calendar = _with_drivers(y, drivers, axis, years)
    names = tuple(named)  # Not those of the caller, which stand in the result alone.
    found = _calls.drivers(
        series,
        named,
        first_year=calendar.first,
        min_years=min_years,
        method=method,
        wanted=regression_names(names),
        device=device,
    )
    coef, beta, partial, partial_p, vif = (_per_driver(found, form, names, series.shape) for form in BY_DRIVER)
    r2, p = (_map(found, name, series.shape) for name in TOGETHER)
    return Regression(coef, beta, partial, partial_p, vif, r2, p, tuple(drivers))


def regression_names(names: Sequence[str]) -> list[str]:
    """The results of a regression on these drivers."""
    return [form.format(name) for form in BY_DRIVER for name in names] + list(TOGETHER)


def attribute_arrays(
    y: ArrayLike,
    drivers: Mapping[str, ArrayLike],
    *,
    axis: SupportsIndex = 0,
    sensitivity: Sequence[str] = ("raw", "detrended"),
    years: ArrayLike | None = None,
    min_years: int | None = None,
    device: str | None = None,
) -> dict[str, Attribution]:
    """The numpy half of `attribute`."""
    series, named, calendar = _with_drivers(y, drivers, axis, years)
    names, shape = tuple(named), series.shape
    sensitivity = (sensitivity,) if isinstance(sensitivity, str) else tuple(sensitivity)
    found = _calls.drivers(
        series,
        named,
        first_year=calendar.first,
        min_years=min_years,
        sensitivity=sensitivity,
        device=device,
    )
    return {
        word: Attribution(
            slope=_map(found, "slope", shape),
            climate=_map(found, f"{word}/slope_climate", shape),
            human=_map(found, f"{word}/slope_human", shape),
            parts=_per_driver(found, f"{word}/slope_{{}}", names, shape),
            share_climate=_map(found, f"{word}/share_climate", shape),
            share_human=_map(found, f"{word}/share_human", shape),
            class_=_map(found, f"{word}/driver_class", shape),
            drivers=tuple(drivers),
        )
        for word in sensitivity
    }
