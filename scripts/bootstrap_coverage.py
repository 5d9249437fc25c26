#!/usr/bin/env python3
"""How often an interval of the block bootstrap covers the true trend of synthetic series: the figures of README.md.

Needs numpy. 20 years, 200 replicates of moving blocks, percentiles at level 0.95, 400 series of a line in
autoregressive noise; another implementation of what `src/kernels/attribution/bootstrap.rs` describes.
"""

import numpy as np

N_YEARS, REPLICATES, SERIES, TREND = 20, 200, 400, 0.3


def weights(rng, block):
    drawn = np.zeros((REPLICATES, N_YEARS))
    for row in drawn:
        left = N_YEARS
        while left > 0:
            start, length = rng.integers(0, N_YEARS - block + 1), min(block, left)
            row[start:start + length] += 1
            left -= length
    return drawn


def slopes(w, y):
    t, total = np.arange(N_YEARS), w.sum(1, keepdims=True)
    t = t - (w * t).sum(1, keepdims=True) / total
    y = y - (w * y).sum(1, keepdims=True) / total
    return (w * t * y).sum(1) / (w * t * t).sum(1)


def main():
    rng = np.random.default_rng(1)
    for lag1 in (0.0, 0.3, 0.6):
        for block in (1, 3, 5):
            covered = 0
            for _ in range(SERIES):
                noise = np.empty(N_YEARS)
                noise[0] = rng.normal() / np.sqrt(1 - lag1**2)
                for i in range(1, N_YEARS):
                    noise[i] = lag1 * noise[i - 1] + rng.normal()
                low, high = np.percentile(slopes(weights(rng, block), TREND * np.arange(N_YEARS) + noise), [2.5, 97.5])
                covered += low <= TREND <= high
            print(f"lag-1 correlation {lag1}, blocks of {block}: {100 * covered / SERIES:.0f} % of intervals cover the trend")


if __name__ == "__main__":
    main()
