"""Calls of the compiled module, with all options at their defaults but those that are stated."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from typing import Any

from . import _doline
from ._names import Found
from ._prepare import Prepared, as_maps


def trends(
    series: Prepared,
    tests: Sequence[str],
    *,
    first_year: int = 1,
    min_years: int | None = None,
    alpha: float = 0.05,
    min_variance_factor: float = 0.0,
    wanted: Sequence[str] | None = None,
    unit: str = "1",
    device: str | None = None,
) -> Found:
    """Trends of a series whose years follow one another."""
    options = {
        "first_year": first_year,
        "tests": list(tests),
        "min_years": min_years,
        "alpha": float(alpha),
        "min_variance_factor": float(min_variance_factor),
        "wanted": None if wanted is None else list(wanted),
        "unit": unit,
        "scale": series.scale,
        "offset": series.offset,
        "nodata": series.nodata,
        "device": device,
    }
    return _doline.trends(as_maps(series.values), options)


def drivers(
    series: Prepared,
    named: Mapping[str, Prepared],
    *,
    first_year: int = 1,
    min_years: int | None = None,
    method: str = "pearson",
    sensitivity: Sequence[str] = (),
    wanted: Sequence[str] | None = None,
    units: Mapping[str, str] | None = None,
    device: str | None = None,
) -> Found:
    """What drivers explain of a series."""
    if not named:
        raise ValueError("drivers is empty: give one at least, such as {\"temperature\": t}")
    first, *others = of_one_type([series.floats(), *(driver.floats() for driver in named.values())])
    options = {
        "first_year": first_year,
        "names": list(named),
        "min_years": min_years,
        "method": method,
        "sensitivity": list(sensitivity),
        "wanted": None if wanted is None else list(wanted),
        "units": dict(units or {}),
        "device": device,
    }
    return _doline.drivers((first, others), options)


def fluxes(
    flux: str,
    model: str,
    arrays: Mapping[str, NDArray[Any]],
    *,
    first_year: int,
    n_years: int,
    parameters: Mapping[str, float],
    device: str | None = None,
) -> Found:
    """Respiration by a model of arrays ``[step, ...]``."""
    options = {
        "first_year": first_year,
        "n_years": n_years,
        "flux": flux,
        "model": model,
        "parameters": {name: float(value) for name, value in parameters.items()},
        "names": list(arrays),
        "device": device,
    }
    return _doline.fluxes(of_one_type(list(arrays.values())), options)


def of_one_type(arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    """All as float32, or as float64 where one of them is; all with the same three axes."""
    wide = any(array.dtype == np.dtype("f8") for array in arrays)
    maps = [array.astype("f8" if wide else "f4", copy=False) for array in arrays]
    if any(array.ndim != 3 for array in maps):
        return [array.reshape(array.shape[0], 1, -1) for array in maps]
    return maps
