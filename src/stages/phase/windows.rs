//! All windows in which a phase is looked for, made ready so that a series is compared with each in a
//! few operations.
//!
//! Joined lines with knots `c1 < c2` are a line and two hinges:
//!
//! ```text
//! y_t    = a + b t + g1 h(t, c1) + g2 h(t, c2),   h(t, c) = max(t − c, 0)
//! b1     = b,  b2 = b + g1,  b3 = b + g1 + g2
//! excess = b2 − (L1 b1 + L3 b3) / (L1 + L3)  =  k1 g1 + k2 g2
//! ```
//!
//! `L1` and `L3` are the steps of the study before and after the window. Where the window begins with the
//! study, `h(t, c1)` is the line itself and is left out; where it ends with it, `h(t, c2)` is 0. With hinges and
//! series taken off the line of the valid years, `G` the products of the hinges and `P` those of hinges
//! and series,
//!
//! ```text
//! g    = G⁻¹ P,   excess = k'G⁻¹ P,   its variance = k'G⁻¹k s²,   SSE = S − P'G⁻¹P,  S = Σ y²
//! t    = x / √(SSE / df),   SSE = S − x² − z²
//! x    = k'G⁻¹ P / √(k'G⁻¹k),   z = (k1 P2 − k2 P1) / √(of it squared, by G)
//! ```
//!
//! `x` and `z` are the parts of the series along two directions at right angles: that of the contrast and
//! the other one. They take the products `P` of one hinge for each year, which are running sums.

use std::ops::RangeInclusive;

/// Hinges of a window whose squared sine is below this are one hinge: the valid years do not tell
/// the rates apart.
const SINGULAR: f64 = 1e-10;
/// A part of `S` below this is rounding, and so is an SSE.
pub(super) const ROUNDING: f64 = 1e-13;

/// A window of calendar years.
#[derive(Clone, Debug)]
pub(super) struct Window {
    /// The knot where the phase begins: its first year is the next one.
    pub(super) c1: usize,
    /// The knot where it ends, its last year.
    pub(super) c2: usize,
    /// Degrees of freedom.
    pub(super) df: f64,
    /// `x` of the products with the hinges at `c1` and `c2`.
    along: [f64; 2],
    /// `z` of them.
    across: [f64; 2],
    /// G⁻¹: of the first hinge, of both, of the second.
    inverse: [f64; 3],
}

/// How a series meets a window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fit {
    /// t and its sign, squared: t |t|.
    pub(super) score: f64,
    /// Whether the contrast is positive.
    pub(super) is_faster: bool,
    /// Σ of the squared residuals, in the unit of the products; at least rounding.
    pub(super) sse: f64,
}

impl Window {
    /// `x` and the SSE of a series with these products and square sum.
    #[inline]
    pub(super) fn parts(&self, p1: f64, p2: f64, square: f64) -> (f64, f64) {
        let x = self.along[0] * p1 + self.along[1] * p2;
        let z = self.across[0] * p1 + self.across[1] * p2;
        (x, square - x * x - z * z)
    }

    /// How a series of one lane meets the window.
    pub(super) fn fit(&self, products: &Products<1>) -> Fit {
        let (p1, p2) = (products.hinges[self.c1][0], products.hinges[self.c2][0]);
        let square = products.square[0];
        let (x, sse) = self.parts(p1, p2, square);
        let sse = sse.max(ROUNDING * square);
        Fit {
            score: x * x.abs() * self.df / sse,
            is_faster: x > 0.0,
            sse,
        }
    }

    /// Coefficients of both hinges.
    pub(super) fn bends(&self, products: &Products<1>) -> [f64; 2] {
        let (p1, p2) = (products.hinges[self.c1][0], products.hinges[self.c2][0]);
        let [first, both, second] = self.inverse;
        [first * p1 + both * p2, both * p1 + second * p2]
    }
}

/// What windows need of some series side by side: products of each hinge with the series beside its
/// line, `[knot][series]`, and its square sum.
pub(super) struct Products<const N: usize> {
    pub(super) hinges: Vec<[f64; N]>,
    pub(super) square: [f64; N],
}

impl<const N: usize> Products<N> {
    /// Of no series yet, with a knot in each of `n_years`.
    pub(super) fn new(n_years: usize) -> Self {
        Self {
            hinges: vec![[0.0; N]; n_years],
            square: [0.0; N],
        }
    }
}

/// All windows of a study with some years missing.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// The windows, by their first year and then by their last.
    pub(super) all: Vec<Window>,
    /// The slope of the line of each hinge, `[knot]`.
    pub(super) slopes: Vec<f64>,
    /// 1 for a valid year, 0 for a missing one.
    weights: Vec<f64>,
    /// The valid years from their mean, 0 where missing.
    times: Vec<f64>,
    n: f64,
    sum_tt: f64,
}

#[expect(clippy::cast_precision_loss, reason = "years are few")]
impl Windows {
    /// Windows of so many steps from year to year, in a study with these valid years.
    pub(super) fn new(is_valid: &[bool], steps: RangeInclusive<usize>) -> Self {
        let n_years = is_valid.len();
        let weights: Vec<f64> = is_valid
            .iter()
            .map(|valid| f64::from(u8::from(*valid)))
            .collect();
        let n: f64 = weights.iter().sum();
        let sum_t: f64 = weights.iter().enumerate().map(|(t, w)| w * t as f64).sum();
        let t_mean = sum_t / n;
        let from_mean = |(t, w): (usize, &f64)| if *w > 0.0 { t as f64 - t_mean } else { 0.0 };
        let times: Vec<f64> = weights.iter().enumerate().map(from_mean).collect();
        let sum_tt = times.iter().map(|t| t * t).sum();
        let mut windows = Self {
            all: Vec::new(),
            slopes: Vec::new(),
            weights,
            times,
            n,
            sum_tt,
        };
        let hinges: Vec<Vec<f64>> = (0..n_years).map(|knot| windows.add_hinge(knot)).collect();
        for c1 in 0..n_years {
            for c2 in c1 + 1..n_years {
                let is_whole = c2 - c1 == n_years - 1;
                if steps.contains(&(c2 - c1)) && !is_whole {
                    windows.all.extend(window(&hinges, n, c1, c2));
                }
            }
        }
        windows
    }

    /// The hinge at the next knot beside its line, over the valid years.
    fn add_hinge(&mut self, knot: usize) -> Vec<f64> {
        let hinge: Vec<f64> = (0..self.weights.len())
            .map(|t| self.weights[t] * t.saturating_sub(knot) as f64)
            .collect();
        let mean = hinge.iter().sum::<f64>() / self.n;
        let slope = dot(&hinge, &self.times) / self.sum_tt;
        self.slopes.push(slope);
        let beside_line = |(t, h): (usize, f64)| {
            let off = h - mean - slope * self.times[t];
            self.weights[t] * off
        };
        hinge.into_iter().enumerate().map(beside_line).collect()
    }

    /// The products of series, `[year][series]`; values of missing years do not matter.
    #[inline]
    pub(super) fn products<const N: usize>(&self, series: &[[f64; N]], into: &mut Products<N>) {
        let (mut sum, mut timed) = ([0.0; N], [0.0; N]);
        for ((y, w), t) in series.iter().zip(&self.weights).zip(&self.times) {
            for lane in 0..N {
                sum[lane] += w * y[lane];
                timed[lane] += t * y[lane];
            }
        }
        let mean = sum.map(|sum| sum / self.n);
        let slope = timed.map(|timed| timed / self.sum_tt);
        let (mut square, mut sum_after, mut product) = ([0.0; N], [0.0; N], [0.0; N]);
        let years = series.iter().zip(&self.weights).zip(&self.times);
        for (((y, w), t), hinge) in years.zip(&mut into.hinges).rev() {
            for lane in 0..N {
                // Every year after the knot is a step farther from it than from the next one.
                product[lane] += sum_after[lane];
                let off = w * (y[lane] - mean[lane] - t * slope[lane]);
                square[lane] += off * off;
                sum_after[lane] += off;
            }
            *hinge = product;
        }
        into.square = square;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The window from `c1` to `c2`, if the valid years tell its rates apart.
#[expect(clippy::cast_precision_loss, reason = "years are few")]
fn window(hinges: &[Vec<f64>], n: f64, c1: usize, c2: usize) -> Option<Window> {
    let (before, after) = (c1 as f64, (hinges.len() - 1 - c2) as f64);
    let [g11, g12, g22] = [(c1, c1), (c1, c2), (c2, c2)].map(|(a, b)| dot(&hinges[a], &hinges[b]));
    let makes = |df: f64, along, across, inverse| {
        (df > 0.5).then_some(Window {
            c1,
            c2,
            df,
            along,
            across,
            inverse,
        })
    };
    if c1 == 0 {
        // The rate inside less the one after: -g2.
        let size = is_hinge(g22).then(|| g22.sqrt())?;
        return makes(n - 3.0, [0.0, -1.0 / size], [0.0; 2], [0.0, 0.0, 1.0 / g22]);
    }
    if after == 0.0 {
        let size = is_hinge(g11).then(|| g11.sqrt())?;
        return makes(n - 3.0, [1.0 / size, 0.0], [0.0; 2], [1.0 / g11, 0.0, 0.0]);
    }
    let determinant = g11 * g22 - g12 * g12;
    let is_told_apart = determinant > SINGULAR * g11 * g22;
    if !(is_hinge(g11) && is_hinge(g22) && is_told_apart) {
        return None;
    }
    let inverse = [g22, -g12, g11].map(|g| g / determinant);
    let [k1, k2] = [before / (before + after), -after / (before + after)];
    let w = [
        inverse[0] * k1 + inverse[1] * k2,
        inverse[1] * k1 + inverse[2] * k2,
    ];
    let size = (k1 * w[0] + k2 * w[1]).sqrt();
    let other = (k2 * k2 * g11 - 2.0 * k1 * k2 * g12 + k1 * k1 * g22).sqrt();
    makes(
        n - 4.0,
        w.map(|w| w / size),
        [-k2 / other, k1 / other],
        inverse,
    )
}

/// Whether the valid years bend at the hinge. Hinges have steps of a year: all that is less is rounding.
fn is_hinge(square: f64) -> bool {
    square > SINGULAR
}
