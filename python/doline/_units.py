"""Units of the variables that respiration is computed of: which are read, and by what they are converted."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

#: What models read, by variable and by how often it has a value.
NEEDED = {
    ("temperature", "monthly"): "degC",
    ("temperature", "annual"): "degC",
    ("precipitation", "monthly"): "mm month-1",
    ("precipitation", "annual"): "mm yr-1",
    ("soc", "static"): "kgC m-2",
}

#: Ways to write units, as `_plain` leaves them.
CELSIUS = {"degc", "c", "celsius", "degcelsius", "degreec", "degreesc", "degreecelsius", "degreescelsius", "centigrade"}
KELVIN = {"k", "kelvin", "kelvins", "degk", "degkelvin", "degreek", "degreesk", "degreekelvin", "degreeskelvin"}
#: A millimetre of water is a kilogram on a square metre.
WATER = ("mm", "millimeter", "millimeters", "millimetre", "millimetres", "kgm-2", "kg/m2")
MONTHS = ("month", "months", "mon", "mo")
YEARS = ("year", "years", "yr", "a")
DAYS = ("day", "days", "d")
SECONDS = ("second", "seconds", "sec", "s")
KILOGRAMS = {"kgcm-2", "kgm-2", "kgc/m2", "kg/m2"}
GRAMS = {"gcm-2", "gm-2", "gc/m2", "g/m2"}

SECONDS_A_DAY = 86400.0
KELVIN_AT_0_DEGC = 273.15


class Conversion(NamedTuple):
    """``value * factor + offset``."""

    #: One factor, or one for each step.
    factor: float | NDArray[np.float64] = 1.0
    offset: float = 0.0

    def __call__(self, values: NDArray[Any]) -> NDArray[Any]:
        """Converts ``[step, ...]``; the type stays, and the sum is made in float64."""
        if np.all(np.equal(self.factor, 1)) and self.offset == 0:
            return values
        factor = np.reshape(self.factor, (-1, *(1,) * (values.ndim - 1)))
        converted: NDArray[Any] = (values * factor.astype("f8") + self.offset).astype(values.dtype)
        return converted


def unit_of(array: xr.DataArray, default: str = "1") -> str:
    """The attribute ``units``; rioxarray makes it one for each band of a file."""
    units = array.attrs.get("units", default)
    if isinstance(units, (list, tuple, np.ndarray)):
        all_units = sorted({str(unit) for unit in units})
        if len(all_units) > 1:
            raise ValueError(
                f"{array.name or 'the array'} has steps in {', '.join(map(repr, all_units))}: bring them to one unit, and set it "
                f"by .assign_attrs(units=...)"
            )
        units = all_units[0] if all_units else default
    return str(units)


def conversion_of(array: xr.DataArray, name: str, often: str, dim: str | None) -> Conversion:
    """From the attribute ``units`` of a variable to what models read; without one it is taken to be that."""
    unit = unit_of(array, "").strip()
    needed = NEEDED.get((name, often))
    if not unit or needed is None:
        return Conversion()
    found = _known(array, _plain(unit), (name, often), dim)
    if found is None:
        raise ValueError(
            f"{array.name or name} is in {unit!r}, and models read {name} in {needed}{_also(name, often)}: convert it and "
            f"say so, such as {_remedy(name)}.assign_attrs(units={needed!r})"
        )
    return found


def _known(array: xr.DataArray, unit: str, what: tuple[str, str], dim: str | None) -> Conversion | None:
    name, often = what
    if name == "temperature":
        return Conversion() if unit in CELSIUS else Conversion(1.0, -KELVIN_AT_0_DEGC) if unit in KELVIN else None
    if name == "soc":
        return Conversion() if unit in KILOGRAMS else Conversion(1e-3) if unit in GRAMS else None
    if unit in WATER or unit in _rates(MONTHS if often == "monthly" else YEARS):
        return Conversion()
    seconds = SECONDS_A_DAY if unit in _rates(SECONDS) else 1.0 if unit in _rates(DAYS) else None
    if often != "monthly" or seconds is None or dim is None:
        return None
    return Conversion(seconds * np.asarray(array.indexes[dim].days_in_month, "f8"))


def _also(name: str, often: str) -> str:
    """What is converted, for an error."""
    also = {
        ("temperature", "monthly"): "K",
        ("temperature", "annual"): "K",
        ("precipitation", "monthly"): "mm day-1 or kg m-2 s-1",
        ("soc", "static"): "gC m-2",
    }.get((name, often))
    return f" (or {also}, which is converted)" if also else ""


def _remedy(name: str) -> str:
    return "from degF by ((da - 32) / 1.8)" if name == "temperature" else "by (da * factor)"


def _rates(times: tuple[str, ...]) -> set[str]:
    """All ways to write water in a time."""
    per = [form.format(time) for time in times for form in ("{}-1", "/{}", "per{}")]
    rates = {water + end for water in WATER for end in per}
    return rates | {f"kg/(m2{time})" for time in times} | {f"mma{time}" for time in times}


def _plain(unit: str) -> str:
    """A unit without what people write differently: case, spaces, signs of powers and degrees.

    >>> [_plain(unit) for unit in ("kg m**-2 s**-1", "kg m^-2 s^-1", "kg.m⁻².s⁻¹", "°C", "degrees_C")]
    ['kgm-2s-1', 'kgm-2s-1', 'kgm-2s-1', 'degc', 'degreesc']
    """
    text = unit.lower().translate(str.maketrans("⁻−¹²", "--12"))
    text = text.replace("℃", "degc").replace("°", "deg").replace("º", "deg")
    return "".join(letter for letter in text if letter not in " _.*^·{}")
