"""`da.doline` and `ds.doline`: the functions of this package as methods."""

from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from . import _public


@xr.register_dataarray_accessor("doline")  # type: ignore[no-untyped-call]
class DataArrayAccessor:
    """Trends of an array, and what drivers explain of it."""

    def __init__(self, array: xr.DataArray) -> None:
        self._array = array

    def trend(
        self, dim: str | None = None, tests: Sequence[str] = ("ols", "sen", "mk"), **options: Any
    ) -> xr.Dataset:
        """As `doline.trend`."""
        return _public.trend(self._array, dim, tests, **options)

    def correlate(self, drivers: Mapping[str, xr.DataArray], dim: str | None = None, **options: Any) -> xr.Dataset:
        """As `doline.correlate`."""
        return _public.correlate(self._array, None, drivers, dim, **options)

    def attribute(self, drivers: Mapping[str, xr.DataArray], dim: str | None = None, **options: Any) -> xr.Dataset:
        """As `doline.attribute`."""
        return _public.attribute(self._array, None, drivers, dim, **options)


@xr.register_dataset_accessor("doline")  # type: ignore[no-untyped-call]
class DatasetAccessor:
    """Trends of all variables, what drivers explain of one, and respiration."""

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    def trend(
        self, dim: str | None = None, tests: Sequence[str] = ("ols", "sen", "mk"), **options: Any
    ) -> xr.Dataset:
        """As `doline.trend`."""
        return _public.trend(self._dataset, dim, tests, **options)

    def correlate(
        self, response: str, drivers: Sequence[str] | Mapping[str, xr.DataArray], dim: str | None = None, **options: Any
    ) -> xr.Dataset:
        """As `doline.correlate`."""
        return _public.correlate(self._dataset, response, drivers, dim, **options)

    def attribute(
        self, response: str, drivers: Sequence[str] | Mapping[str, xr.DataArray], dim: str | None = None, **options: Any
    ) -> xr.Dataset:
        """As `doline.attribute`."""
        return _public.attribute(self._dataset, response, drivers, dim, **options)

    def respiration(self, **options: Any) -> xr.Dataset:
        """As `doline.respiration`."""
        return _public.respiration(self._dataset, **options)
