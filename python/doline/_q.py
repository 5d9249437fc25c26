"""p of a whole map adjusted for how many tests it is."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Rules with the words of study files.
RULES = ("benjamini-hochberg", "benjamini-yekutieli")


def false_discovery(p: ArrayLike, *, rule: str = "benjamini-hochberg") -> NDArray[np.float32]:
    """Adjust the p of a map to q: of the pixels with q < 0.05 on average no more than 5 % are false discoveries.

    Parameters
    ----------
    p : array
        p of each pixel; NaN and masked is no test.
    rule : str
        ``"benjamini-hochberg"``, or ``"benjamini-yekutieli"`` for any dependence between pixels.

    Examples
    --------
    >>> doline.false_discovery([0.01, 0.02, 0.04, np.nan]).round(3)
    array([0.03, 0.03, 0.04,  nan], dtype=float32)
    """
    values: NDArray[np.float32] = np.ma.filled(np.ma.asarray(p, "f4"), np.nan)
    return q_of(values, sorted_valid(values), rule)


def sorted_valid(p: NDArray[np.float32]) -> NDArray[np.float32]:
    """All valid p in their order."""
    return np.sort(p[~np.isnan(p)], axis=None)


def q_of(p: NDArray[np.float32], ordered: NDArray[np.float32], rule: str) -> NDArray[np.float32]:
    """q of each p, where `ordered` are the p of all tests in their order."""
    if rule not in RULES:
        raise ValueError(f"there is no rule {rule!r}: choose of {', '.join(RULES)}")
    n = ordered.size
    q = np.full(p.shape, np.nan, "f4")
    is_valid = ~np.isnan(p)
    if n == 0 or not is_valid.any():
        return q
    ranks = np.arange(1, n + 1, dtype="f8")
    factor = n * (np.sum(1 / ranks) if rule == RULES[1] else 1.0)
    adjusted = np.minimum.accumulate((ordered.astype("f8") * factor / ranks)[::-1])[::-1]
    places: Any = np.searchsorted(ordered, p[is_valid], side="left")
    q[is_valid] = np.minimum(adjusted[places], 1.0)
    return q
