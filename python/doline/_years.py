"""The years of an axis of xarray: datetimes, cftime, or whole numbers."""

from typing import Any

import numpy as np
import xarray as xr

from ._prepare import Years, years_of

#: Names of the axis of the years, where none is stated.
USUAL = ("time", "year", "years")


def axis_of(array: "xr.DataArray | xr.Dataset", dim: str | None) -> str:
    """The dimension of the years."""
    if dim is not None:
        if dim in array.dims:
            return dim
        raise ValueError(f"there is no dimension {dim!r}: name the years' one among {_names(array)} by dim=")
    for name in USUAL:
        if name in array.dims:
            return name
    raise ValueError(f"none of {_names(array)} is called time or year: name the dimension of the years by dim=")


def _names(array: "xr.DataArray | xr.Dataset") -> str:
    return ", ".join(repr(str(name)) for name in array.dims) or "no dimensions"


def calendar_years(coordinate: "xr.DataArray") -> np.ndarray[Any, Any] | None:
    """The year of each value of a coordinate; None where it says nothing of years."""
    values = coordinate.values
    if values.dtype.kind == "M":
        return np.asarray(values.astype("M8[Y]").astype("i8") + 1970)
    if values.dtype.kind in "iuf":
        return np.asarray(values)
    years = [getattr(value, "year", None) for value in values]
    if values.dtype.kind == "O" and all(isinstance(year, int) for year in years):
        return np.asarray(years)
    raise ValueError(
        f"the coordinate {coordinate.name!r} of {values.dtype} has no years: give datetimes, cftime or whole numbers, such as "
        f"da.assign_coords({coordinate.name}=range(2001, 2021))"
    )


def calendar_of(array: "xr.DataArray | xr.Dataset", dim: str) -> Years:
    """The years of an axis of annual values."""
    n = array.sizes[dim]
    if dim not in array.coords:
        return years_of(None, n)
    years = calendar_years(array.coords[dim])
    if years is None or n == 0:
        return years_of(None, n)
    found, counts = np.unique(years, return_counts=True)
    if counts.max() > 1:
        year = found[np.argmax(counts)]
        raise ValueError(
            f"{dim} has {counts.max()} values in {year:g}, and trends are of annual values: make years of them first, such as "
            f"da.resample({dim}=\"YS\").mean(), or .sum(min_count=12) of amounts"
        )
    try:
        return years_of(years, n)
    except ValueError as error:
        raise ValueError(f"{dim}: {error}") from None


def months_from(array: "xr.DataArray", dim: str) -> int:
    """The first year of an axis of whole years of months."""
    if dim not in array.coords or array.coords[dim].dtype.kind not in "MO":
        raise ValueError(f"{dim} has no dates: give months with datetimes or cftime as their coordinate")
    dates = array.indexes[dim]
    months = np.asarray(dates.year) * 12 + np.asarray(dates.month) - 1
    if months.size == 0 or months.size % 12 or months[0] % 12 or (np.diff(months) != 1).any():
        raise ValueError(
            f"{dim} is not one value a month from a January to a December: make it so, such as "
            f"da.resample({dim}=\"MS\").mean().reindex(...), NaN where there are no data"
        )
    return int(months[0] // 12)
