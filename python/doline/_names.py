"""Named results of the functions of numpy arrays."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float32]
Classes = NDArray[np.uint8]


class LinearTrend(NamedTuple):
    """Least squares over the years; NaN (class 255) where there are too few."""

    #: Change per year.
    slope: Values
    #: Value of the line in the first year.
    intercept: Values
    #: Share of the variance that the line explains.
    r2: Values
    #: Two-sided p of the slope.
    p: Values
    #: Valid years.
    n: Values
    #: 1 strong decrease (p < 0.01), 2 decrease (p < 0.05), 3 no significant change, 4 increase, 5 strong increase.
    class_: Classes


class MannKendall(NamedTuple):
    """Mann-Kendall test; NaN where there are too few years."""

    #: S of the series as it is.
    s: Values
    #: Standard normal statistic of the method.
    z: Values
    #: Two-sided p of the method.
    p: Values
    #: Kendall's tau-b with the years.
    tau: Values


class TheilSen(NamedTuple):
    """Median of the slopes between all pairs of years, with its interval; NaN where there are too few years."""

    #: Change per year.
    slope: Values
    #: Lower end of the interval.
    low: Values
    #: Upper end of the interval.
    high: Values
    #: Value of the line in the first year.
    intercept: Values


class Regression(NamedTuple):
    """Multiple regression on drivers; what is of a driver has the drivers as its last axis."""

    #: Change of the series with the driver.
    coef: Values
    #: The same in standard deviations.
    beta: Values
    #: Partial correlation, all other drivers held constant.
    partial: Values
    #: Its two-sided p.
    partial_p: Values
    #: Variance inflation factor.
    vif: Values
    #: Share of the variance that all drivers explain.
    r2: Values
    #: p of all drivers together.
    p: Values
    #: Names of the drivers, in the order of the last axis.
    drivers: tuple[str, ...]


class Attribution(NamedTuple):
    """The trend of a series split into what drivers explain and the rest; climate + human = slope."""

    #: Change per year.
    slope: Values
    #: The part that the drivers explain.
    climate: Values
    #: The rest.
    human: Values
    #: The part of each driver, on the last axis.
    parts: Values
    #: Per cent of the trend that the drivers explain.
    share_climate: Values
    #: Per cent of the rest.
    share_human: Values
    #: 1 to 3 increase by both, climate, human; 4 to 6 decrease by the same; 0 unclassified; 255 none.
    class_: Classes
    #: Names of the drivers, in the order of the last axis.
    drivers: tuple[str, ...]


#: What the compiled module gives of each result: values ``[step, y, x]``, unit, description, and classes with their labels.
Found = dict[str, tuple[NDArray[Any], str, str, list[tuple[int, str]] | None]]
