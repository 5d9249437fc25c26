"""Trends, drivers and respiration of stacks of rasters: numpy and xarray in and out, computed on all cores or a GPU.

>>> import numpy as np, doline
>>> rising = 300 + 0.5 * np.arange(20.0)[:, None, None] + np.zeros((20, 2, 3))
>>> doline.ols(rising).slope[0, 0]
np.float32(0.5)

Functions of numpy arrays (``ols``, ``mann_kendall``, ``theil_sen``, ``regression``, ``attribute``, ``soil_respiration``,
``heterotrophic``) take the years along any axis and give named tuples of arrays. ``trend``, ``correlate``, ``attribute`` and
``respiration`` take DataArrays and Datasets of xarray, Dask included; the same are methods of the accessor ``.doline``. They
need ``pip install "doline[xarray]"``.
"""

from importlib.util import find_spec as _find_spec

from ._doline import VERSION as __version__
from ._fluxes import heterotrophic, soil_respiration
from ._names import (
    Attribution,
    LinearTrend,
    MannKendall,
    Regression,
    TheilSen,
)
from ._options import device, set_options, threads
from ._public import attribute, correlate, open, respiration, trend
from ._q import false_discovery
from ._run import CommandError, run
from ._statistics import mann_kendall, ols, regression, theil_sen

if _find_spec("xarray") is not None:
    from . import _accessor as _accessor

__all__ = [
    "Attribution",
    "CommandError",
    "LinearTrend",
    "MannKendall",
    "Regression",
    "TheilSen",
    "__version__",
    "attribute",
    "correlate",
    "device",
    "false_discovery",
    "heterotrophic",
    "mann_kendall",
    "ols",
    "open",
    "regression",
    "respiration",
    "run",
    "set_options",
    "soil_respiration",
    "theil_sen",
    "threads",
    "trend",
]
