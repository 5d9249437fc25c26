"""Statistics of DataArrays and Datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from . import _calls, _doline
from ._blocks import Call, aligned, computed, named
from ._names import Found
from ._prepare import Prepared, Years, in_calendar, prepare
from ._q import RULES, q_of, sorted_valid
from ._statistics import regression_names
from ._units import Conversion, conversion_of, unit_of
from ._years import axis_of, calendar_of, months_from


class _Reader:
    """How stored numbers of an array become a series."""

    def __init__(self, array: xr.DataArray) -> None:
        # Where xarray has decoded an array, these are in its encoding. Where they are attributes whole numbers are stored ones;
        # floats may be either: rioxarray makes fill values NaN alone, and arithmetic keeps attributes.
        attrs = array.attrs
        # CF has both attributes, and several codes in the second.
        codes = [attrs[name] for name in ("_FillValue", "missing_value") if attrs.get(name) is not None]
        self.fill_values = [float(code) for several in codes for code in np.ravel(several)]
        self.scale = float(attrs.get("scale_factor", 1.0))
        self.offset = float(attrs.get("add_offset", 0.0))
        if array.dtype.kind == "f" and (self.scale != 1 or self.offset != 0):
            raise ValueError(
                f"{array.name or 'the array'} is of {array.dtype} and has scale_factor {self.scale:g} and add_offset "
                f"{self.offset:g} among its attributes: open it with mask_and_scale=True, or if its values are right, remove "
                f"them by da.drop_attrs() or da.attrs.pop"
            )

    def __call__(self, values: NDArray[Any], years: Years) -> Prepared:
        prepared = prepare(
            values, 0, fill_value=self.fill_values, scale=self.scale, offset=self.offset
        )
        return in_calendar(prepared, years)


class _Trends:
    """Trends of one block; an object with its parts, so that workers of another process can read it."""

    def __init__(self, reader: _Reader, years: Years, tests: Sequence[str], options: dict[str, Any]) -> None:
        self.reader, self.years, self.tests, self.options = reader, years, tuple(tests), options

    def __call__(self, values: NDArray[Any], device: str | None = None) -> Found:
        options = self.options if device is None else {**self.options, "device": device}
        series = self.reader(values, self.years)
        return _calls.trends(series, self.tests, first_year=self.years.first, **options)


class _Drivers:
    """What drivers explain of one block."""

    def __init__(
        self, readers: Sequence[_Reader], years: Sequence[Years], names: Sequence[str], options: dict[str, Any]
    ) -> None:
        self.readers, self.years = tuple(readers), tuple(years)
        self.names, self.options = tuple(names), options

    def __call__(self, *arrays: NDArray[Any], device: str | None = None) -> Found:
        options = self.options if device is None else {**self.options, "device": device}
        read = [reader(values, years) for reader, values, years in zip(self.readers, arrays, self.years)]
        series, *drivers = read
        return _calls.drivers(
            series, dict(zip(self.names, drivers)), first_year=self.years[0].first, **options
        )


class _Fluxes:
    """Rs, Rh and NEP of one block."""

    def __init__(
        self, read: Mapping[str, tuple[_Reader, Conversion]], first_year: int, n_years: int, models: dict[str, Any]
    ) -> None:
        self.read, self.first_year, self.n_years, self.models = dict(read), first_year, n_years, models

    def __call__(self, *arrays: NDArray[Any], device: str | None = None) -> Found:
        device = device or self.models["device"]
        read = {
            name: convert(
                prepare(values, 0, fill_value=reader.fill_values, scale=reader.scale, offset=reader.offset).floats()
            )
            for (name, (reader, convert)), values in zip(self.read.items(), arrays)
        }
        found = _calls.fluxes(
            "rs",
            self.models["model"],
            read,
            first_year=self.first_year,
            n_years=self.n_years,
            parameters=self.models["parameters"],
            device=device,
        )
        shape = next(iter(read.values())).shape[1:]
        rs = found["rs"][0].reshape(-1, *shape)
        return found | _calls.fluxes(
            "rh",
            self.models["law"],
            {"rs": rs},
            first_year=self.first_year,
            n_years=self.n_years,
            parameters=self.models["law_parameters"],
            device=device,
        )


def trend(
    data: xr.DataArray | xr.Dataset,
    dim: str | None,
    tests: Sequence[str],
    min_years: int | None,
    alpha: float,
    fdr: bool | str,
    min_variance_factor: float,
    device: str | None,
) -> xr.Dataset:
    """See `doline.trend`."""
    options = {
        "min_years": min_years,
        "alpha": alpha,
        "min_variance_factor": min_variance_factor,
        "device": device or _doline.device(),
    }
    tests = (tests,) if isinstance(tests, str) else tuple(tests)
    if isinstance(data, xr.Dataset):
        dim = axis_of(data, dim)
        found: dict[str, xr.DataArray] = {}
        series = {name: array for name, array in data.data_vars.items() if dim in array.dims}
        series = {name: array for name, array in series.items() if array.dtype.kind in "iufb"}
        if not series:
            raise ValueError(f"no variable of the Dataset has numbers along {dim}")
        for name, array in series.items():
            for end, result in _trends_of(array, dim, tests, options, fdr).items():
                if f"{name}_{end}" in found:
                    raise ValueError(f"two results would be called {name}_{end}: give the variables other names by .rename")
                found[f"{name}_{end}"] = result
        return named(found, data.attrs)
    return named(_trends_of(data, axis_of(data, dim), tests, options, fdr), {})


def _trends_of(
    array: xr.DataArray, dim: str, tests: Sequence[str], options: dict[str, Any], fdr: bool | str
) -> dict[str, xr.DataArray]:
    years = calendar_of(array, dim)
    unit = unit_of(array)
    compute = _Trends(_Reader(array), years, tests, {**options, "unit": unit})
    steps = ("year", np.arange(years.first, years.first + years.n))
    found = computed(Call(compute, [array], [dim], steps))
    return _with_q(found, fdr) if fdr else found


def _with_q(found: dict[str, xr.DataArray], fdr: bool | str) -> dict[str, xr.DataArray]:
    """Each p of a map adjusted over the map; the class is on q then."""
    rule = RULES[0] if fdr is True else str(fdr)
    if rule not in RULES:
        raise ValueError(f"there is no rule {rule!r} for fdr: choose of {', '.join(RULES)}, or True for the first")
    all_results = dict(found)
    for name, p in found.items():
        if name != "p" and not name.endswith("_p"):
            continue
        q = _q_of(p, rule)
        q.attrs["long_name"] = f"{p.attrs['long_name']}, adjusted over the map ({rule})"
        all_results[f"{name[:-1]}q"] = q
    if "class" in found:
        classes = xr.apply_ufunc(
            _class_on_q,
            found["class"],
            found["slope"],
            all_results["q"],
            dask="parallelized",
            output_dtypes=[np.uint8],
            keep_attrs=True,
        )
        classes.attrs = dict(found["class"].attrs)
        classes.attrs["long_name"] = classes.attrs["long_name"].replace("(p <", "(q <")
        classes.encoding = dict(found["class"].encoding)
        all_results["class"] = classes
    return all_results


def _q_of(p: xr.DataArray, rule: str) -> xr.DataArray:
    if p.chunks is None:
        return p.copy(data=q_of(p.values, sorted_valid(p.values), rule))
    from dask.delayed import delayed

    # Two passes: the p of all blocks in their order, then q of each block.
    blocks = [delayed(sorted_valid)(block) for block in p.data.to_delayed().ravel()]
    ordered = delayed(_merged)(blocks)
    q = p.data.map_blocks(q_of, ordered, rule, dtype=np.dtype("f4"), meta=np.empty((0,) * p.ndim, "f4"))
    return p.copy(data=q)


def _merged(parts: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    merged: NDArray[np.float32] = np.sort(np.concatenate(parts), kind="stable")
    return merged


def _class_on_q(classes: NDArray[Any], slope: NDArray[Any], q: NDArray[Any]) -> NDArray[np.uint8]:
    rises = slope > 0
    on_q = np.where(
        q < 0.01, np.where(rises, 5, 1), np.where(q < 0.05, np.where(rises, 4, 2), 3)
    )
    found: NDArray[np.uint8] = np.where(classes == 255, 255, on_q).astype("u1")
    return found


def _response_and_drivers(
    data: xr.DataArray | xr.Dataset,
    response: str | None,
    drivers: Sequence[str] | Mapping[str, xr.DataArray],
) -> tuple[xr.DataArray, dict[str, xr.DataArray]]:
    if isinstance(drivers, str):
        drivers = [drivers]
    if isinstance(data, xr.DataArray):
        if not isinstance(drivers, Mapping):
            raise TypeError("drivers of a DataArray are a dict of name to DataArray, such as {\"temperature\": t}")
        return data, {str(name): array for name, array in drivers.items()}
    if response is None:
        raise TypeError("name the variable that is explained: response=\"nep\"")
    named_drivers = drivers if isinstance(drivers, Mapping) else {name: data[name] for name in drivers}
    return data[response], {str(name): array for name, array in named_drivers.items()}


def explained(
    data: xr.DataArray | xr.Dataset,
    response: str | None,
    drivers: Sequence[str] | Mapping[str, xr.DataArray],
    dim: str | None,
    min_years: int | None,
    method: str,
    sensitivity: Sequence[str],
    device: str | None,
) -> xr.Dataset:
    """See `doline.correlate` and `doline.attribute`."""
    series, named_drivers = _response_and_drivers(data, response, drivers)
    dim = axis_of(series, dim)
    _refuse_shared_names(list(named_drivers), is_split=bool(sensitivity))
    arrays = [series, *named_drivers.values()]
    # Exactly the same years: a driver that lacks one would shift the others.
    arrays = aligned(arrays)
    years = [calendar_of(array, dim) for array in arrays]
    units = {name: unit_of(array) for name, array in named_drivers.items()}
    options = {
        "min_years": min_years,
        "method": method,
        "sensitivity": (sensitivity,) if isinstance(sensitivity, str) else tuple(sensitivity),
        "wanted": None if sensitivity else regression_names(list(named_drivers)),
        "units": units | {"series": unit_of(series)},
        "device": device or _doline.device(),
    }
    compute = _Drivers([_Reader(array) for array in arrays], years, list(named_drivers), options)
    steps = ("year", np.arange(years[0].first, years[0].first + years[0].n))
    found = computed(Call(compute, arrays, [dim] * len(arrays), steps))
    return named(found, data.attrs if isinstance(data, xr.Dataset) else {})


def _refuse_shared_names(drivers: Sequence[str], *, is_split: bool) -> None:
    """Results have the drivers in their names, and no two may have one name."""
    names = regression_names(drivers)
    if is_split:
        names += [f"slope_{name}" for name in (*drivers, "climate", "human")]
    shared = sorted({name for name in names if names.count(name) > 1})
    if shared:
        raise ValueError(
            f"with the drivers {', '.join(drivers)} two results would be called {', '.join(shared)}: give the drivers other "
            f"names, such as by .rename"
        )


def respiration(
    data: xr.Dataset,
    names: Mapping[str, str],
    dim: str | None,
    model: str,
    law: str,
    parameters: Mapping[str, float],
    law_parameters: Mapping[str, float],
    device: str | None,
) -> xr.Dataset:
    """See `doline.respiration`."""
    reads = dict(_doline.reads("rs", model, dict(parameters)))
    arrays, dims, first_year, n_years = [], [], 1, 0
    read: dict[str, tuple[_Reader, Conversion]] = {}
    for name, often in reads.items():
        if names[name] not in data:
            raise ValueError(
                f"{model} reads {', '.join(reads)}, and the Dataset has no {names[name]!r}: name the variable by {name}="
            )
        array = data[names[name]]
        own = None
        if often != "static":
            own = axis_of(array, dim)
            if often == "monthly":
                first_year, n_years = months_from(array, own), array.sizes[own] // 12
            else:
                years = calendar_of(array, own)
                if years.places is not None:
                    raise ValueError(f"{own} of {names[name]} lacks years: .reindex it to all of them")
                first_year, n_years = years.first, years.n
        arrays.append(array)
        dims.append(own)
        read[name] = _Reader(array), conversion_of(array, name, often, own)
    models = {
        "model": model,
        "law": law,
        "parameters": dict(parameters),
        "law_parameters": dict(law_parameters),
        "device": device or _doline.device(),
    }
    compute = _Fluxes(read, first_year, n_years, models)
    steps = ("year", np.arange(first_year, first_year + n_years))
    return named(computed(Call(compute, arrays, dims, steps)), data.attrs)
