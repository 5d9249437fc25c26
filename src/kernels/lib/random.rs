//! Random numbers that depend only on a series, a step and a seed: the same on every engine,
//! for any tile, thread and order, and with no state to carry.
//!
//! The bits are the first word of Philox-2x32-10 with the counter (series, step) and the seed as
//! its key: ten rounds of
//!
//! ```text
//! (left, right) <- (high(m left) xor key xor right, low(m left)),   key <- key + w
//! ```
//!
//! with `m` = 0xd256d193 and `w` = 0x9e3779b9, in whole numbers modulo 2³², so they are exact.
//! `low` and `high` are the halves of the product of 64 bits.
//!
//! A normal deviate is a quantile of the normal distribution. Its size has the tail probability
//!
//! ```text
//! p = (k + 1/2) / 2²⁴,  k = the highest 23 bits,    0 < p < 1/2
//! ```
//!
//! which `f32` holds exactly, and its sign is the lowest bit; the largest is 5.4. The quantile is
//! the rational approximation AS 241 (PPND16), good to 1e-16: `q = 1/2 − p`, a quotient of
//! polynomials in `0.425² − q²` up to `q = 0.425`, and in `√(−ln p) − 1.6` beyond.
//!
//! Source: Salmon, Moraes, Dror & Shaw (2011), Parallel Random Numbers: As Easy as 1, 2, 3, SC '11,
//! doi:10.1145/2063384.2063405; Wichura (1988), Appl. Statist. 37, 477-484.
//! GPU twin: `shaders/lib/random.wgsl`.

#![allow(
    clippy::excessive_precision,
    reason = "coefficients as published, to the last digit"
)]

use crate::kernels::real::Real;

/// The high half of a product of 32-bit numbers.
#[inline(always)]
fn high_half(a: u32, b: u32) -> u32 {
    ((u64::from(a) * u64::from(b)) >> 32) as u32
}

/// 32 bits.
#[inline(always)]
#[must_use]
pub fn random_bits(series: u32, step: u32, seed: u32) -> u32 {
    let mut left = series;
    let mut right = step;
    let mut key = seed;
    for _round in 0..10 {
        let high = high_half(left, 0xd256_d193);
        let low = left.wrapping_mul(0xd256_d193);
        left = high ^ key ^ right;
        right = low;
        key = key.wrapping_add(0x9e37_79b9);
    }
    left
}

/// Numerator of the middle, highest power first.
const A: [f64; 8] = [
    2.509_080_928_730_122_672_7e3,
    3.343_057_558_358_812_810_5e4,
    6.726_577_092_700_870_085_3e4,
    4.592_195_393_154_987_145_7e4,
    1.373_169_376_550_946_112_5e4,
    1.971_590_950_306_551_442_7e3,
    1.331_416_678_917_843_774_5e2,
    3.387_132_872_796_366_608,
];
/// Denominator of the middle.
const B: [f64; 8] = [
    5.226_495_278_852_854_561e3,
    2.872_908_573_572_194_267_4e4,
    3.930_789_580_009_271_061e4,
    2.121_379_430_158_659_586_7e4,
    5.394_196_021_424_751_107_7e3,
    6.871_870_074_920_579_083e2,
    4.231_333_070_160_091_125_2e1,
    1.0,
];
/// Numerator of the tail.
const C: [f64; 8] = [
    7.745_450_142_783_414_076_4e-4,
    2.272_384_498_926_918_458_33e-2,
    2.417_807_251_774_506_117_7e-1,
    1.270_458_252_452_368_382_58,
    3.647_848_324_763_204_605_04,
    5.769_497_221_460_691_405_5,
    4.630_337_846_156_545_295_9,
    1.423_437_110_749_683_577_34,
];
/// Denominator of the tail.
const D: [f64; 8] = [
    1.050_750_071_644_416_843_24e-9,
    5.475_938_084_995_344_946e-4,
    1.519_866_656_361_645_719_66e-2,
    1.481_039_764_274_800_745_9e-1,
    6.897_673_349_851_000_045_5e-1,
    1.676_384_830_183_803_849_4,
    2.053_191_626_637_758_821_87,
    1.0,
];

/// A polynomial, highest power first.
#[inline(always)]
fn polynomial<R: Real>(coefficients: &[f64; 8], x: R) -> R {
    let mut sum = R::of(coefficients[0]);
    for &coefficient in &coefficients[1..] {
        sum = sum * x + R::of(coefficient);
    }
    sum
}

/// The standard normal deviate of 32 bits a lane: the lowest is the sign, the highest 23 are the
/// tail.
#[inline(always)]
#[must_use]
pub fn normal_deviate<R: Real>(bits: impl Fn(usize) -> u32) -> R {
    // The sign is computed with the tail, so that the bits are computed once.
    let tail = R::from_lanes(|l| {
        let bits = bits(l);
        let tail = f64::from(bits >> 9) + 0.5;
        if bits & 1 == 1 { -tail } else { tail }
    });
    let p = tail.abs() * R::of(5.960_464_477_539_062_5e-8);
    let q = R::of(0.5) - p;
    let r = R::of(0.180_625) - q * q;
    let s = (-p.ln()).sqrt() - R::of(1.6);
    let middle = q * polynomial(&A, r) / polynomial(&B, r);
    let far = polynomial(&C, s) / polynomial(&D, s);
    let size = R::select(q.le(R::of(0.425)), middle, far);
    R::select(tail.lt(R::of(0.0)), -size, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [(u32, u32, u32, u32); 3] = [
        (0, 0, 0, 0xff1d_ae59),
        (u32::MAX, u32::MAX, u32::MAX, 0x2c3f_628b),
        (0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0xdd7c_e038),
    ];
    const QUANTILES: [(u32, f64); 7] = [
        (0, 5.419_983_174_916_868),
        (1, 5.220_113_060_600_54),
        (1000, 3.847_624_040_881_181_3),
        (629_145, 1.780_464_414_593_848_4),
        (1_258_290, 1.439_531_765_687_039_2),
        (1_258_291, 1.439_531_344_617_672_7),
        (8_388_607, 7.470_334_394_666_561e-08),
    ];

    /// The known answers of Random123 (`kat_vectors`), the authors' own implementation.
    #[test]
    fn bits_are_those_of_philox_2x32_10() {
        for (series, step, seed, expected) in KNOWN {
            assert_eq!(
                random_bits(series, step, seed),
                expected,
                "{series} {step} {seed}"
            );
        }
    }

    /// scipy.stats.norm.isf of (k + 1/2) / 2^24.
    #[test]
    fn deviates_are_quantiles_of_the_normal_distribution() {
        for (k, expected) in QUANTILES {
            let positive: f64 = normal_deviate(|_| k << 9);
            let negative: f64 = normal_deviate(|_| k << 9 | 1);
            assert!(
                (positive - expected).abs() <= 4e-15 * expected,
                "{k}: {positive} {expected}"
            );
            assert_eq!(negative, -positive);
        }
    }
}
