"""Golden cases of q over a map; `make_golden.py` runs them.

The rule of Benjamini and Hochberg, and that of Benjamini and Yekutieli, in fractions, checked against
scipy.stats.false_discovery_control and statsmodels' multipletests.
"""

from fractions import Fraction

import mpmath as mp
import numpy as np
import scipy.stats
from statsmodels.stats.multitest import multipletests


def q_of(p, by):
    """q = min(1, min over p' >= p of m p' / C(p')), C(p') the count of p up to p', of the p that are there."""
    valid = sorted(Fraction(v) for v in p if v is not None)
    m = len(valid)
    factor = sum(Fraction(1, i) for i in range(1, m + 1)) if by else Fraction(1)
    lowest, q = Fraction(1), {}
    for rank in range(m, 0, -1):
        lowest = min(lowest, valid[rank - 1] * m * factor / rank)
        q[valid[rank - 1]] = lowest
    return [None if v is None else q[Fraction(v)] for v in p]


def false_discovery(g):
    rng = np.random.default_rng(211)
    cases = []

    def add(name, p, **more):
        p = [None if v is None or v != v else float(np.float32(v)) for v in p]
        valid = np.array([v for v in p if v is not None])
        expected = {}
        for key, method, other in (("bh", "bh", "fdr_bh"), ("by", "by", "fdr_by")):
            q = q_of(p, key == "by")
            expected[key] = [None if v is None else mp.mpf(v.numerator) / v.denominator for v in q]
            if len(valid):
                ours = [float(v) for v in q if v is not None]
                g.agree(ours, scipy.stats.false_discovery_control(valid, method=method).tolist(), 1e-12, f"{name} {key} scipy")
                g.agree(ours, multipletests(valid, method=other)[1].tolist(), 1e-12, f"{name} {key} statsmodels")
            for level in (0.05, 0.01):
                limit = Fraction(level)
                expected[f"{key}_below_{level}"] = [None if v is None else int(v < limit) for v in q]
        cases.append(g.case(name, "fractions; scipy.stats.false_discovery_control; statsmodels multipletests", {}, {"p": p}, expected, **more))

    # The example of Benjamini and Hochberg (1995), section 4.1: four of fifteen at 0.05.
    paper = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000]
    add("Benjamini and Hochberg 1995, section 4.1", paper)
    assert sum(v for v in cases[0]["expected"]["bh_below_0.05"]) == 4
    add("no signal", rng.uniform(size=200))
    add("signal in a third", np.where(rng.uniform(size=300) < 0.33, rng.uniform(size=300) ** 8, rng.uniform(size=300)))
    add("signal everywhere", rng.uniform(size=200) ** 12)
    add("ties: Mann-Kendall of ten years", rng.choice([0.0123, 0.0492, 0.1074, 0.2105, 0.3711, 0.5923, 0.8580, 1.0], size=150, p=[0.2, 0.15, 0.15, 0.1, 0.1, 0.1, 0.1, 0.1]))
    add("zeros", [0.0] * 12 + rng.uniform(size=60).tolist())
    add("missing among them", [None if rng.uniform() < 0.4 else v for v in rng.uniform(size=120) ** 3])
    add("all 1", [1.0] * 25)
    add("all the same, significant", [0.004] * 25)
    add("one pixel", [0.03])
    add("one pixel among missing ones", [None, 0.5, None])
    add("all missing", [None] * 7)
    add("far below what rounding leaves", (10.0 ** -rng.uniform(2, 44, size=60)).tolist() + rng.uniform(size=40).tolist())
    # Neighbours in float32, half of the map, so that 0.05 and 0.01 fall between two of them.
    for level in (0.05, 0.01):
        centre = np.float32(level / 2).view(np.uint32)
        near = (centre - 100 + np.arange(200, dtype=np.uint32)).view(np.float32)
        add(f"side by side about {level}", near.tolist() + [0.95] * 200)
    g.write("false_discovery", cases)


KERNELS = [false_discovery]
