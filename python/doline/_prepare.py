"""Arrays as the compiled module takes them: years first, three axes, a type and byte order that it reads."""

from collections.abc import Sequence
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Types that are read as they are; whole numbers are decoded on the way.
READ = {np.dtype(kind) for kind in ("u1", "i2", "u2", "f4", "f8")}


class Prepared(NamedTuple):
    """An array with its steps first."""

    #: ``[step, ...]``.
    values: NDArray[Any]
    #: Codes of missing values, for the compiled module.
    nodata: list[float]
    scale: float
    offset: float

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of a map."""
        return self.values.shape[1:]

    def floats(self) -> NDArray[Any]:
        """The values themselves as float32 or float64, NaN where they are missing."""
        values = self.values
        if values.dtype.kind == "f" and not self.nodata and self.scale == 1 and self.offset == 0:
            return values
        decoded = values.astype("f4" if self.is_plain and values.dtype.itemsize <= 4 else "f8")
        for code in self.nodata:
            decoded[values == code] = np.nan
        return decoded if self.is_plain else decoded * self.scale + self.offset

    @property
    def is_plain(self) -> bool:
        """Whether stored numbers are the values."""
        return self.scale == 1 and self.offset == 0


def prepare(
    array: ArrayLike,
    axis: SupportsIndex = 0,
    *,
    fill_value: float | Sequence[float] | None = None,
    scale: float = 1.0,
    offset: float = 0.0,
    name: str = "y",
) -> Prepared:
    """Brings the steps to the front, and the numbers to a type that is read. Nothing is copied that need not be."""
    if isinstance(array, (list, tuple)) and any(isinstance(one, np.ma.MaskedArray) for one in array):
        array = np.ma.array(array)
    mask = np.ma.getmask(array) if isinstance(array, np.ma.MaskedArray) else np.ma.nomask
    values = np.asarray(array)
    if values.ndim == 0:
        raise ValueError(f"{name} is one number: give an array with the years along one of its axes")
    if values.dtype.kind not in "biuf":
        raise TypeError(f"{name} is of {values.dtype}: give numbers, such as {name}.astype('f8')")
    values = np.moveaxis(values, axis, 0)
    codes = [] if fill_value is None else [float(code) for code in np.ravel(fill_value)]
    nodata = [code for code in dict.fromkeys(codes) if not np.isnan(code)]
    values = _in_whole_strides(_of_known_type(values))
    if mask is not np.ma.nomask:
        values = values.astype("f4" if values.dtype.itemsize < 4 else values.dtype)
        values[np.moveaxis(np.broadcast_to(mask, np.shape(array)), axis, 0)] = np.nan
    prepared = Prepared(values, nodata, float(scale), float(offset))
    # The compiled module narrows float64 after it has taken out a level; it cannot do so with numbers that are no values yet.
    if values.dtype == np.dtype("f8") and (nodata or not prepared.is_plain):
        return Prepared(prepared.floats(), [], 1.0, 0.0)
    return prepared


def _of_known_type(values: NDArray[Any]) -> NDArray[Any]:
    native = values.dtype.newbyteorder("=")
    if native in READ:
        return values if values.dtype.isnative else values.astype(native)
    if native.kind == "b":
        return values.astype("u1")
    if native == np.dtype("i1"):
        return values.astype("i2")
    if native == np.dtype("f2"):
        return values.astype("f4")
    return values.astype("f8")


def _in_whole_strides(values: NDArray[Any]) -> NDArray[Any]:
    """A copy where numbers lie at no multiple of their size, as in packed records: the compiled module counts in numbers."""
    size = values.dtype.itemsize
    if values.flags.aligned and not any(stride % size for stride in values.strides):
        return values
    return values.copy(order="K")


def as_maps(values: NDArray[Any]) -> NDArray[Any]:
    """The same with three axes, ``[step, y, x]``, without a copy where the order in memory allows it."""
    n_steps, shape = values.shape[0], values.shape[1:]
    if values.ndim == 3 and not _is_one_row(values):
        return values
    return values.reshape(n_steps, 1, int(np.prod(shape, dtype=int)))


def _is_one_row(values: NDArray[Any]) -> bool:
    """Whether all pixels of a step lie at equal distances, so that they are a row without a copy."""
    places = [(n, stride) for n, stride in zip(values.shape[1:], values.strides[1:]) if n != 1]
    return all(outer[1] == n * stride for outer, (n, stride) in zip(places, places[1:]))


class Years(NamedTuple):
    """Where the steps of an axis are in calendar years."""

    first: int
    #: The place of each step, counted from the first year; None where they follow one another.
    places: NDArray[np.intp] | None
    #: Years from the first to the last.
    n: int


def years_of(years: ArrayLike | None, n: int) -> Years:
    """Reads the years of an axis of `n` steps; without years they are 1, 2, ..."""
    if years is None:
        return Years(1, None, n)
    if np.ma.is_masked(years):
        raise ValueError("years has masked values: give each value along the axis its year")
    given = np.asarray(years)
    if given.ndim != 1 or given.size != n:
        raise ValueError(f"years has shape {given.shape}, and the axis of the years has {n} values: give one year each")
    if n == 0:
        return Years(1, None, 0)
    whole = given.astype("i8")
    if given.dtype.kind not in "iuf" or not np.array_equal(whole, given):
        raise ValueError("years must be whole numbers, such as range(2001, 2021)")
    places = whole - whole.min()
    if np.unique(places).size != n:
        raise ValueError("years has a year twice: give one value a year, such as the year's mean or sum")
    count = int(places.max()) + 1
    if count > 100 * n + 1000:
        raise ValueError(f"years go from {whole.min()} to {whole.max()} with {n} values: are they years?")
    if np.array_equal(places, np.arange(n)):
        return Years(int(whole.min()), None, n)
    return Years(int(whole.min()), places, count)


def in_calendar(prepared: Prepared, years: Years) -> Prepared:
    """Years in their order, a year without data as a year of NaN: trends are over calendar years."""
    if years.places is None:
        return prepared
    if years.n == prepared.values.shape[0]:
        return prepared._replace(values=prepared.values[np.argsort(years.places)])
    values = prepared.floats()
    placed = np.full((years.n, *values.shape[1:]), np.nan, values.dtype)
    placed[years.places] = values
    return Prepared(placed, [], 1.0, 0.0)
