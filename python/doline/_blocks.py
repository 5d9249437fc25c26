"""One computation on arrays of xarray, in memory or in blocks of Dask."""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ._names import Found

#: From arrays with their steps first to results.
Compute = Callable[..., Found]
#: Attributes of a series that its results do not share.
OF_THE_SERIES = {
    "_FillValue",
    "actual_range",
    "add_offset",
    "ancillary_variables",
    "cell_methods",
    "description",
    "flag_masks",
    "flag_meanings",
    "flag_values",
    "long_name",
    "missing_value",
    "scale_factor",
    "standard_name",
    "units",
    "valid_max",
    "valid_min",
    "valid_range",
}


class Output(NamedTuple):
    """What is known of a result before it is computed."""

    name: str
    n_steps: int
    unit: str
    description: str
    classes: list[tuple[int, str]] | None


class Call(NamedTuple):
    """A computation of arrays that share their pixels."""

    compute: Compute
    arrays: Sequence[xr.DataArray]
    #: The dimension along which each array is read whole; None for an array without one.
    dims: Sequence[str | None]
    #: Dimension and coordinate of results with several steps.
    steps: tuple[str, Any]


def layout(call: Call) -> list[Output]:
    """What a call gives, by computing one pixel of it."""
    pixels = [
        np.zeros((array.sizes[dim] if dim else 1, 1, 1), array.dtype)
        for array, dim in zip(call.arrays, call.dims)
    ]
    found = call.compute(*pixels, device="cpu")
    return [
        Output(name, values.shape[0], unit, description, classes)
        for name, (values, unit, description, classes) in found.items()
    ]


def computed(call: Call) -> dict[str, xr.DataArray]:
    """All results of a call, lazy where one of its arrays is."""
    arrays = _on_one_grid(call)
    pixels = [dim for dim in arrays[0].dims if dim != call.dims[0]]
    laid = []
    for array, dim in zip(arrays, call.dims):
        laid.append(array.transpose(*([dim] if dim else []), *pixels))
    call = call._replace(arrays=laid)
    outputs = layout(call)
    if any(array.chunks is not None for array in laid):
        values = _of_blocks(call, outputs, pixels)
    else:
        values = _of_memory(call, outputs)
    return {
        output.name: _labelled(call, output, data, pixels)
        for output, data in zip(outputs, values)
    }


def _on_one_grid(call: Call) -> list[xr.DataArray]:
    """Arrays that have the same pixels, to the coordinate."""
    arrays = aligned(call.arrays)
    wanted = {dim: n for dim, n in arrays[0].sizes.items() if dim != call.dims[0]}
    for array, dim in zip(arrays, call.dims):
        has = {name: n for name, n in array.sizes.items() if name != dim}
        if has != wanted:
            raise ValueError(
                f"{array.name or 'an array'} has the dimensions {has}, and {arrays[0].name or 'the first'} has {wanted}: bring "
                f"all to one grid first, such as with .broadcast_like"
            )
    return arrays


def aligned(arrays: Sequence[xr.DataArray]) -> list[xr.DataArray]:
    """Arrays whose coordinates are the same."""
    try:
        return list(xr.align(*arrays, join="exact", copy=False))
    except ValueError as error:
        raise ValueError(
            f"the arrays are not on one grid, or not of the same years: bring them to one first, such as with .interp_like or "
            f".reindex_like ({error})"
        ) from None


def _of_memory(call: Call, outputs: Sequence[Output]) -> list[Any]:
    arrays = [_steps_first(array.values, dim) for array, dim in zip(call.arrays, call.dims)]
    shape = arrays[0].shape[1:]
    found = call.compute(*arrays)
    values = []
    for output in outputs:
        data = found[output.name][0]
        values.append(data.reshape(shape if output.n_steps == 1 else (output.n_steps, *shape)))
    return values


def _steps_first(values: NDArray[Any], dim: str | None) -> NDArray[Any]:
    return values if dim else values[np.newaxis]


def _of_blocks(call: Call, outputs: Sequence[Output], pixels: Sequence[Hashable]) -> list[Any]:
    """Blocks of pixels, each with all its steps: all results of a block are one array, which is then taken apart."""
    import dask.array as da

    n_all = sum(output.n_steps for output in outputs)
    letters = {name: f"p{number}" for number, name in enumerate(pixels)}
    operands: list[Any] = []
    for number, (array, dim) in enumerate(zip(call.arrays, call.dims)):
        chunks = array.chunksizes.get(dim, ()) if dim else ()
        if len(chunks) > 1:
            raise ValueError(
                f"{array.name or 'the series'} is in {len(chunks)} chunks along {dim}, and a series is read whole: "
                f".chunk({dim}=-1) first, with smaller chunks of pixels"
            )
        index = ([f"s{number}"] if dim else []) + [letters[name] for name in pixels]
        operands += [da.asarray(array.data), index]  # type: ignore[no-untyped-call]
    stacked = da.blockwise(  # type: ignore[no-untyped-call]
        _Block(call.compute, tuple(bool(dim) for dim in call.dims), tuple(output.name for output in outputs)),
        ["out", *letters.values()],
        *operands,
        new_axes={"out": n_all},
        concatenate=True,
        dtype=np.dtype("f4"),
        meta=np.empty((0,) * (1 + len(pixels)), "f4"),
    )
    values: list[Any] = []
    at = 0
    for output in outputs:
        part = stacked[at] if output.n_steps == 1 else stacked[at : at + output.n_steps]
        values.append(part if output.classes is None else part.astype("u1"))
        at += output.n_steps
    return values


class _Block:
    """Computes one block; an object with its parts, so that workers of another process can read it."""

    def __init__(self, compute: Compute, has_steps: tuple[bool, ...], names: tuple[str, ...]) -> None:
        self.compute, self.has_steps, self.names = compute, has_steps, names

    def __call__(self, *blocks: NDArray[Any]) -> NDArray[np.float32]:
        arrays = [block if steps else block[np.newaxis] for block, steps in zip(blocks, self.has_steps)]
        found = self.compute(*arrays)
        shape = arrays[0].shape[1:]
        parts = [found[name][0].astype("f4", copy=False).reshape(-1, *shape) for name in self.names]
        return np.concatenate(parts)

    def __dask_tokenize__(self) -> Any:
        from dask.base import normalize_token

        return normalize_token((type(self).__name__, self.compute, self.has_steps, self.names))


def _labelled(call: Call, output: Output, data: Any, pixels: Sequence[Hashable]) -> xr.DataArray:
    first = call.arrays[0]
    own = call.dims[0]
    coords: dict[Hashable, Any] = {
        name: coord for name, coord in first.coords.items() if own not in coord.dims
    }
    dims = list(pixels)
    if output.n_steps > 1 or output.name in ("rs", "rh"):
        step, values = call.steps
        dims = [step, *dims]
        coords[step] = values
        if data.ndim < len(dims):
            data = data[np.newaxis]
    attrs: dict[str, Any] = {key: value for key, value in first.attrs.items() if key not in OF_THE_SERIES}
    attrs |= {"long_name": _about(output.description, first.name), "units": output.unit}
    found = xr.DataArray(data, coords=coords, dims=dims, attrs=attrs)
    mapping = first.encoding.get("grid_mapping")
    if mapping is not None and "grid_mapping" not in attrs:
        found.encoding["grid_mapping"] = mapping
    if output.classes is not None:
        label_classes(found, output.classes)
    return found


def _about(description: str, name: Hashable) -> str:
    """A description that names the array."""
    return description if name is None else re.sub(r"\b(of|,) series\b", rf"\1 {name}", description)


def label_classes(array: xr.DataArray, classes: Sequence[tuple[int, str]]) -> None:
    """Says what the codes of an array of classes mean, as CF wants it; 255 is none."""
    array.attrs["flag_values"] = np.array([code for code, _ in classes], "u1")
    array.attrs["flag_meanings"] = " ".join(label.replace(" ", "_") for _, label in classes)
    array.attrs.pop("units", None)
    array.encoding["_FillValue"] = np.uint8(255)


def named(call_results: Mapping[str, xr.DataArray], attrs: Mapping[Any, Any]) -> xr.Dataset:
    """Results as one Dataset; a slash is no part of a name in netCDF."""
    return xr.Dataset(
        {name.replace("/", "_"): array for name, array in call_results.items()}, attrs=dict(attrs)
    )
