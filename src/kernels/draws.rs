//! Random coefficients for a Monte Carlo run: the same numbers on every machine, for every device.
//!
//! A draw depends on the seed, the name of the coefficient and the number of the draw, and on
//! nothing else: more draws, or another uncertain coefficient, do not change the others.
//!
//! ```text
//! key  = FNV-1a, 64 bits, of the name's bytes
//! bits = mix(mix(mix(seed) ⊕ key) + number · 2⁸ + attempt)         mix: the output function of SplitMix64
//! u    = (⌊bits / 2¹¹⌋ + ½) / 2⁵³                                  uniform in 0..1
//! x    = low + (high − low) u,   or   mean + sd · Φ⁻¹(u)
//! ```
//!
//! Φ⁻¹ is algorithm AS 241. A value that is invalid for its coefficient (a share over 1, a
//! half-saturation below 0) is drawn again with the next `attempt`, so such a distribution is cut
//! there.
//!
//! Source: Steele, Lea & Flood (2014), OOPSLA '14, for `SplitMix64`; Wichura (1988), Appl. Stat. 37, 477-484.

use super::coefficients::Constraint;
use super::real::Real;

/// How the value of a coefficient is distributed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Distribution {
    /// Normal.
    Normal {
        /// Its mean.
        mean: f64,
        /// Its standard deviation, positive.
        sd: f64,
    },
    /// Uniform.
    Uniform {
        /// Its least value.
        low: f64,
        /// Its largest value.
        high: f64,
    },
}

/// Attempts at a draw that is valid. A distribution without one in so many attempts has almost no
/// valid values.
const ATTEMPTS: u64 = 200;

/// Draw number `number` of the coefficient `name`, or `None` if the distribution has almost no
/// valid value.
#[must_use]
pub fn draw(
    distribution: Distribution,
    must: Constraint,
    seed: u64,
    name: &str,
    number: u64,
) -> Option<f64> {
    let values = (0..ATTEMPTS).map(|attempt| {
        let u = uniform(seed, name, (number << 8) + attempt);
        match distribution {
            Distribution::Normal { mean, sd } => mean + sd * normal_quantile(u),
            Distribution::Uniform { low, high } => low + (high - low) * u,
        }
    });
    values.into_iter().find(|&value| must.holds(value))
}

/// The output function of `SplitMix64` on the state after `x`.
fn mix(x: u64) -> u64 {
    let z = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn uniform(seed: u64, name: &str, counter: u64) -> f64 {
    let fnv = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let key = name.bytes().fold(0xcbf2_9ce4_8422_2325, fnv);
    let bits = mix(mix(mix(seed) ^ key).wrapping_add(counter));
    // 53 bits and a half are exact except for the last, which rounds to even.
    ((bits >> 11) as f64 + 0.5) / 9_007_199_254_740_992.0
}

/// The value that a standard normal is below with probability `p`, 0 < p < 1; to 1e-15 of itself.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    /// Numerator and denominator around the middle, highest power first.
    const MIDDLE: [[f64; 8]; 2] = [
        [
            2.509_080_928_730_122_7e3,
            3.343_057_558_358_813e4,
            6.726_577_092_700_87e4,
            4.592_195_393_154_987e4,
            1.373_169_376_550_946e4,
            1.971_590_950_306_551_3e3,
            1.331_416_678_917_843_8e2,
            3.387_132_872_796_366_5,
        ],
        [
            5.226_495_278_852_854e3,
            2.872_908_573_572_194_3e4,
            3.930_789_580_009_271e4,
            2.121_379_430_158_659_7e4,
            5.394_196_021_424_751e3,
            6.871_870_074_920_579e2,
            4.231_333_070_160_091e1,
            1.0,
        ],
    ];
    /// The same for tails down to e⁻²⁵.
    const TAIL: [[f64; 8]; 2] = [
        [
            7.745_450_142_783_414e-4,
            2.272_384_498_926_918_4e-2,
            2.417_807_251_774_506e-1,
            1.270_458_252_452_368_4,
            3.647_848_324_763_204_5,
            5.769_497_221_460_691,
            4.630_337_846_156_546,
            1.423_437_110_749_683_5,
        ],
        [
            1.050_750_071_644_416_9e-9,
            5.475_938_084_995_345e-4,
            1.519_866_656_361_645_7e-2,
            1.481_039_764_274_800_8e-1,
            6.897_673_349_851e-1,
            1.676_384_830_183_803_8,
            2.053_191_626_637_759,
            1.0,
        ],
    ];
    /// The same beyond.
    const FAR: [[f64; 8]; 2] = [
        [
            2.010_334_399_292_288_1e-7,
            2.711_555_568_743_487_6e-5,
            1.242_660_947_388_078_4e-3,
            2.653_218_952_657_612_4e-2,
            2.965_605_718_285_048_7e-1,
            1.784_826_539_917_291_3,
            5.463_784_911_164_114,
            6.657_904_643_501_103,
        ],
        [
            2.044_263_103_389_939_8e-15,
            1.421_511_758_316_446e-7,
            1.846_318_317_510_054_8e-5,
            7.868_691_311_456_133e-4,
            1.487_536_129_085_061_5e-2,
            1.369_298_809_227_358e-1,
            5.998_322_065_558_88e-1,
            1.0,
        ],
    ];
    let quotient = |[above, below]: [[f64; 8]; 2], x: f64| {
        let polynomial = |terms: [f64; 8]| terms.iter().fold(0.0, |sum, term| sum * x + term);
        polynomial(above) / polynomial(below)
    };
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * quotient(MIDDLE, 0.180_625 - q * q);
    }
    // Our own logarithm: that of the standard library differs between systems.
    let r = (-Real::ln(p.min(1.0 - p))).sqrt();
    let x = if r <= 5.0 {
        quotient(TAIL, r - 1.6)
    } else {
        quotient(FAR, r - 5.0)
    };
    if q < 0.0 { -x } else { x }
}
