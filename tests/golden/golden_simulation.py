"""Golden cases of simulated series, and what they are like as random numbers; `make_golden.py` runs them.

Once with Python's whole numbers and mpmath, once with numpy's uint32, the normal quantiles of scipy.stats and the filter of
scipy.signal. The random numbers themselves are compared with what independent normal deviates are like.
"""

import mpmath as mp
import numpy as np
import pymannkendall
import scipy.signal
import scipy.stats

import golden_trends

WORD = 2**32


def bits_of(series, step, seed):
    """The first word of Philox-2x32-10 (Salmon and others 2011) with Python's whole numbers."""
    left, right, key = series, step, seed
    for _ in range(10):
        product = left * 0xD256D193
        left, right, key = (product >> 32) ^ key ^ right, product % WORD, (key + 0x9E3779B9) % WORD
    return left


def bits_of_many(series, steps, seed):
    """The same for many series, [series, step], in numpy's unsigned numbers."""
    left = np.broadcast_to(np.asarray(series, np.uint32)[:, None], (len(series), steps))
    right = np.broadcast_to(np.arange(steps, dtype=np.uint32), left.shape)
    for i in range(10):
        key = np.uint32((seed + i * 0x9E3779B9) % WORD)
        product = left.astype(np.uint64) * np.uint64(0xD256D193)
        left, right = (product >> np.uint64(32)).astype(np.uint32) ^ key ^ right, product.astype(np.uint32)
    return left


def deviate_of(bits):
    """The normal quantile of 23 bits, with the lowest one as its sign, in 50 digits."""
    p = mp.mpf(2 * (bits >> 9) + 1) / 2**25
    size = mp.sqrt(2) * mp.erfinv(1 - 2 * p)
    return -size if bits & 1 else size


def deviates_of_many(bits):
    size = scipy.stats.norm.isf((2.0 * (bits >> np.uint32(9)) + 1) / 2**25)
    return np.where(bits & np.uint32(1), -size, size)


def series_of(series, lag1, slope, seed, pattern):
    noise, out = None, []
    for t, there in enumerate(pattern):
        z = deviate_of(bits_of(series, t, seed))
        noise = z if t == 0 else lag1 * noise + mp.sqrt(1 - lag1 * lag1) * z
        out.append(None if there is None else slope * t + noise)
    return out


def noise_of_many(series, steps, lag1, seed):
    """Autoregressive noise as a filter of the deviates, [series, step]."""
    z = deviates_of_many(bits_of_many(series, steps, seed))
    z[:, 1:] *= np.sqrt(1 - lag1 * lag1)
    return scipy.signal.lfilter([1], [1, -lag1], z, axis=1)


def check_randomness():
    """Stop where the generator is not what independent normal deviates are: errors of 4 standard deviations and more."""
    # Known answers of Random123, the authors' own implementation.
    known = [(0, 0, 0, 0xFF1DAE59), (WORD - 1, WORD - 1, WORD - 1, 0x2C3F628B), (0x243F6A88, 0x85A308D3, 0x13198A2E, 0xDD7CE038)]
    assert all(bits_of(*of) == bits for *of, bits in known)
    n, steps = 50_000, 20
    z = noise_of_many(np.arange(n), steps, 0.0, 1)
    assert scipy.stats.kstest(z.ravel(), "norm").pvalue > 0.001, "normality of all"
    for t in range(steps):
        assert scipy.stats.kstest(z[:, t], "norm").pvalue > 1e-4, f"normality of step {t}"
    near = {"next step": (z[:, 1:], z[:, :-1]), "next series": (z[1:], z[:-1]), "64 series on": (z[64:], z[:-64]),
            "other seed": (z, noise_of_many(np.arange(n), steps, 0.0, 2)), "next series and step": (z[1:, 1:], z[:-1, :-1])}
    for what, (a, b) in near.items():
        r = np.corrcoef(a.ravel(), b.ravel())[0, 1]
        assert abs(r) < 4 / np.sqrt(a.size), f"{what}: {r}"
        r = np.corrcoef(a.ravel() ** 2, b.ravel() ** 2)[0, 1]
        assert abs(r) < 4 / np.sqrt(a.size), f"squares, {what}: {r}"
    bits = bits_of_many(np.arange(n), steps, 1)
    for bit in range(32):
        ones = int(((bits >> np.uint32(bit)) & np.uint32(1)).sum())
        assert abs(ones - bits.size / 2) < 4.5 * np.sqrt(bits.size) / 2, f"bit {bit}: {ones}"
    for lag1 in (-0.5, 0.5, 0.9):
        e = noise_of_many(np.arange(n), steps, lag1, 1)
        # Mean and variance of every step; variances of a mean of squares of normals: 2 / n.
        assert np.all(np.abs(e.mean(0)) < 4.5 / np.sqrt(n)), lag1
        assert np.all(np.abs(e.var(0) - 1) < 4.5 * np.sqrt(2 / n)), lag1
        r = (e[:, 1:] * e[:, :-1]).mean()
        assert abs(r - lag1) < 0.006, f"lag 1 of {lag1}: {r}"
        assert scipy.stats.kstest(e[:, -1], "norm").pvalue > 1e-4, lag1
    print("random numbers: normal, independent of step, series and seed")


def simulate_ar1(g):
    check_randomness()
    source = "mpmath 50 digits with Python's whole numbers; numpy uint32, scipy.stats.norm.isf, scipy.signal.lfilter"
    cases = []

    def add(name, series, lag1, slope, seed, pattern):
        lag1, slope = g.f32([lag1, slope])
        pattern = g.f32(pattern)
        y = series_of(series, mp.mpf(lag1), mp.mpf(slope), seed, pattern)
        again = noise_of_many([series], len(pattern), lag1, seed)[0] + slope * np.arange(len(pattern))
        g.agree(y, [None if p is None else v for p, v in zip(pattern, again)], 1e-9, name, 1e-13)
        assert [bits_of(series, t, seed) for t in range(len(pattern))] == bits_of_many([series], len(pattern), seed)[0].tolist()
        inputs = {"series": [float(series)], "lag1": [lag1], "slope": [slope], "pattern": pattern}
        cases.append(g.case(name, source, {"seed": seed}, inputs, {"y": y}))

    def missing(name, series, lag1, slope, pattern):
        inputs = {"series": g.f32([series]), "lag1": g.f32([lag1]), "slope": g.f32([slope]), "pattern": g.f32(pattern)}
        cases.append(g.case(name, "what is no series is missing", {"seed": 1}, inputs, {"y": [None] * len(pattern)}))

    full = [1.0] * 20
    for series in (0, 1, 2, 63, 64, 19_999, 1_000_000, 2**24 - 1):
        add(f"white noise, series {series}", series, 0.0, 0.0, 1, full)
    add("another seed", 1, 0.0, 0.0, 2, full)
    add("seed 0", 1, 0.0, 0.0, 0, full)
    add("the last seed", 1, 0.0, 0.0, WORD - 1, full)
    for lag1 in (0.3, 0.5, 0.9, 0.99, -0.5, -0.99):
        add(f"lag-1 correlation {lag1}", 77, lag1, 0.0, 1, full)
    add("a trend of one standard deviation a decade", 5, 0.4, 0.1, 1, full)
    add("a falling trend", 6, 0.0, -0.05, 1, full)
    add("gaps hide the noise and do not stop it", 77, 0.5, 0.1, 1, g.gaps(full, g.GAPS20))
    add("what the pattern holds does not matter", 77, 0.5, 0.1, 1, g.NEP20)
    add("four years", 3, 0.5, 0.0, 1, [1.0] * 4)
    add("fifty years", 3, 0.8, 0.01, 9, [1.0] * 50)
    add("no year is there", 3, 0.5, 0.0, 1, [None] * 20)
    missing("a correlation over 0.99", 3, 0.995, 0.0, full)
    missing("a correlation under -0.99", 3, -1.0, 0.0, full)
    missing("a correlation that is missing", 3, None, 0.0, full)
    missing("a negative number", -1, 0.5, 0.0, full)
    missing("a number that float32 cannot count", 2**24, 0.5, 0.0, full)
    missing("a slope that is missing", 3, 0.5, None, full)
    g.write("simulate_ar1", cases)


def rates_of(years, gaps, lag1, slope, min_years, alpha, n, seed):
    """Share of synthetic series that OLS and Mann-Kendall find a trend in: numpy's own generator, scipy's tails."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, years))
    z[:, 1:] *= np.sqrt(1 - lag1 * lag1)
    t = np.arange(years)
    y = (scipy.signal.lfilter([1], [1, -lag1], z, axis=1) + slope / 10 * t).astype(np.float32).astype(float)
    there = np.array([i not in gaps for i in t])
    assert there.sum() >= min_years
    y, t = y[:, there], t[there]
    m = len(t)
    tc = t - t.mean()
    yc = y - y.mean(1, keepdims=True)
    b = yc @ tc / (tc @ tc)
    rest = ((yc - b[:, None] * tc) ** 2).sum(1)
    p_ols = 2 * scipy.stats.t.sf(np.abs(b) / np.sqrt(rest / (m - 2) / (tc @ tc)), m - 2)
    s = sum(np.sign(y[:, j] - y[:, i]) for i in range(m) for j in range(i + 1, m))
    p_mk = 2 * scipy.stats.norm.sf((np.abs(s) - (s != 0)) / np.sqrt(m * (m - 1) * (2 * m + 5) / 18))
    for k in range(3):  # the same by the libraries, one series at a time
        assert abs(scipy.stats.linregress(t, y[k]).pvalue - p_ols[k]) < 1e-10
        assert abs(pymannkendall.original_test(y[k]).p - p_mk[k]) < 1e-12
    return {"ols": float((p_ols < alpha).mean()), "mk": float((p_mk < alpha).mean())}


def size_of_mann_kendall(n, alpha):
    """Exact rate of false alarms of the normal test with continuity on n independent values, from the null distribution of S."""
    counts = golden_trends.orders_with_inversions(n)
    most, sd = n * (n - 1) // 2, (n * (n - 1) * (2 * n + 5) / 18) ** 0.5
    far = sum(c for k, c in enumerate(counts) if most != 2 * k and 2 * scipy.stats.norm.sf((abs(most - 2 * k) - 1) / sd) < alpha)
    return float(mp.mpf(far) / mp.factorial(n))


def calibration(g):
    """Rates of false alarms and power that `doline calibrate` is compared with."""
    source = "numpy.random.default_rng, scipy.signal.lfilter, scipy.stats; exact sizes: t test under normal noise, null distribution of S"
    n, alpha, cases = 200_000, 0.05, []
    for i, (name, years, gaps, lag1, slope) in enumerate([
            ("white noise", 20, [], 0.0, 0.0), ("lag 1 of 0.5", 20, [], 0.5, 0.0), ("lag 1 of 0.5, a weak trend", 20, [], 0.5, 1.0),
            ("white noise, a weak trend", 20, [], 0.0, 0.5), ("white noise, a trend", 20, [], 0.0, 1.0),
            ("gaps, lag 1 of 0.3", 20, g.GAPS20, 0.3, 0.0), ("gaps, white noise, a falling trend", 20, g.GAPS20, 0.0, -1.0),
            ("lag 1 of -0.3", 20, [], -0.3, 0.0), ("33 years, lag 1 of 0.6", 33, [], 0.6, 0.0), ("12 years, white noise", 12, [], 0.0, 0.0)]):
        params = {"years": years, "lag1": lag1, "slope_sd_per_decade": slope, "alpha": alpha, "n": n, "min_years": 10}
        expected = rates_of(years, gaps, lag1, slope, 10, alpha, n, 1000 + i)
        theory = {}
        if lag1 == 0 and slope == 0 and not gaps:
            theory = {"ols": alpha, "mk": size_of_mann_kendall(years, alpha)}
            for test, rate in theory.items():
                assert abs(expected[test] - rate) < 4.5 * (rate * (1 - rate) / n) ** 0.5, (name, test, expected, rate)
        pattern = g.gaps([1.0] * years, gaps)
        cases.append(g.case(name, source, params, {"pattern": pattern}, expected, theory=theory))
    g.write("calibration", cases)


KERNELS = [simulate_ar1, calibration]
