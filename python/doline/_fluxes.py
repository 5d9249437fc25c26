"""Soil and heterotrophic respiration of numpy arrays."""

from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _calls
from ._names import Values
from ._prepare import prepare


def _floats(array: ArrayLike, axis: SupportsIndex, name: str) -> NDArray[Any]:
    return prepare(array, axis, name=name).floats()


def soil_respiration(
    t: ArrayLike,
    p: ArrayLike | None = None,
    soc: ArrayLike | None = None,
    *,
    model: str = "gsmsr",
    axis: SupportsIndex = 0,
    first_year: int = 2001,
    device: str | None = None,
    **parameters: float,
) -> Values:
    """Soil respiration of each year, gC m-2 yr-1.

    Parameters
    ----------
    t : array
        Temperature in degC; months from January of the first year on, for some models years.
    p : array
        Precipitation in mm a month, in the same steps. Models that read none refuse it.
    soc : array
        Soil organic carbon of the upper 20 cm in kgC m-2, without the axis of the months.
    model : str
        A word of ``respiration.model`` of study files, such as ``"gsmsr"``, ``"raich-2002"``.
    axis : int
        The axis of the months, in `t` and `p`; the axis of the years in the result.
    first_year : int
        The year of the first month: months have their days, 29 February included.
    device : str
        As in `set_options`.
    **parameters : float
        Coefficients by their symbols, such as ``K=5.6``, in place of those of the model.

    Examples
    --------
    >>> months = np.arange(24.0)
    >>> t = 15 - 10 * np.cos(2 * np.pi * months / 12)
    >>> doline.soil_respiration(t, np.full(24, 80.0), np.array(8.0), first_year=2003).shape
    (2,)
    """
    from . import _doline

    given = {"temperature": t, "precipitation": p}
    steps = dict(_doline.reads("rs", model, {k: float(v) for k, v in parameters.items()}))
    arrays = {name: _floats(array, axis, name) for name, array in given.items() if array is not None}
    shape = arrays["temperature"].shape
    if soc is not None:
        carbon = soc if isinstance(soc, np.ma.MaskedArray) else np.asarray(soc)
        arrays["soc"] = _floats(carbon[np.newaxis], 0, "soc")
        if arrays["soc"].shape[1:] != shape[1:]:
            raise ValueError(
                f"soc has shape {np.shape(soc)}, and a month of t has {shape[1:]}: bring soc to the grid of t, such as with "
                f"np.broadcast_to"
            )
    steps_a_year = 12 if steps.get("temperature") == "monthly" else 1
    if shape[0] % steps_a_year:
        raise ValueError(
            f"t has {shape[0]} months, which are no whole years: give months from January of the first year to December of "
            f"the last, NaN where there are none"
        )
    found = _calls.fluxes(
        "rs",
        model,
        arrays,
        first_year=first_year,
        n_years=shape[0] // steps_a_year,
        parameters=parameters,
        device=device,
    )
    years = found["rs"][0]
    return np.moveaxis(years.reshape(years.shape[0], *shape[1:]), 0, axis)


def heterotrophic(
    rs: ArrayLike,
    *,
    law: str = "bond-lamberty-2004",
    axis: SupportsIndex = 0,
    first_year: int = 2001,
    device: str | None = None,
    **parameters: float,
) -> Values:
    """Heterotrophic respiration of each year from soil respiration, gC m-2 yr-1.

    Parameters
    ----------
    rs : array
        Soil respiration, one value a year, gC m-2 yr-1.
    law : str
        A word of ``respiration.heterotrophic`` of study files, or ``"fraction"`` with ``fraction=0.55``.
    axis, first_year, device, **parameters
        As in `soil_respiration`.

    Examples
    --------
    >>> doline.heterotrophic(np.array([800.0]), law="fraction", fraction=0.5)
    array([400.], dtype=float32)
    """
    values = _floats(rs, axis, "rs")
    found = _calls.fluxes(
        "rh",
        law,
        {"rs": values},
        first_year=first_year,
        n_years=values.shape[0],
        parameters=parameters,
        device=device,
    )
    years = found["rh"][0]
    return np.moveaxis(years.reshape(values.shape), 0, axis)
