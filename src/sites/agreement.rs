//! How well modelled values agree with measured ones.

use super::levels::{Pair, mean};

/// Pairs that correlation and efficiency need.
const MIN_PAIRS: usize = 3;
/// A mean below this share of the root mean square is 0 but for rounding, as that of departures from means.
const NO_MEAN: f64 = 1e-9;

/// Measures of agreement; the four that compare spread, and the line, are `None` with fewer than three pairs or where all
/// measured or all modelled values are equal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Agreement {
    /// Pairs.
    pub n: usize,
    /// Pearson's correlation.
    pub r: Option<f64>,
    /// Its square.
    pub r2: Option<f64>,
    /// Nash-Sutcliffe efficiency, `1 − Σ (mod − obs)² / Σ (obs − mean obs)²`.
    pub nse: Option<f64>,
    /// Root of the mean squared difference.
    pub rmse: f64,
    /// Mean absolute difference.
    pub mae: f64,
    /// Mean of modelled less measured.
    pub bias: f64,
    /// The bias in per cent of the measured mean; `None` where that is 0.
    pub pbias_percent: Option<f64>,
    /// Slope of the least-squares line of modelled on measured.
    pub slope: Option<f64>,
    /// Its intercept.
    pub intercept: Option<f64>,
    /// Lin's concordance correlation, with moments by n.
    pub ccc: Option<f64>,
    /// Kling-Gupta efficiency of 2009; `None` also where the measured mean is 0.
    pub kge: Option<f64>,
}

/// The agreement of some pairs; `None` without any.
///
/// ```text
/// ccc = 2 s_om / (s_oo + s_mm + (ō − m̄)²)
/// kge = 1 − √((r − 1)² + (s_m/s_o − 1)² + (m̄/ō − 1)²)
/// ```
///
/// # Source
///
/// Lin (1989), Biometrics 45, 255-268; Gupta et al. (2009), J. Hydrol. 377, 80-91; Nash & Sutcliffe (1970), J. Hydrol. 10,
/// 282-290.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "pairs are few")]
pub fn agreement(pairs: &[Pair]) -> Option<Agreement> {
    if pairs.is_empty() {
        return None;
    }
    let n = pairs.len() as f64;
    let mean_of = |of: fn(&Pair) -> f64| mean(pairs.iter().map(of));
    let (o, m) = (mean_of(|pair| pair.measured), mean_of(|pair| pair.modelled));
    let [mut oo, mut mm, mut om, mut squares, mut sizes] = [0.0; 5];
    for pair in pairs {
        let (of_o, of_m) = (pair.measured - o, pair.modelled - m);
        let difference = pair.modelled - pair.measured;
        oo += of_o * of_o;
        mm += of_m * of_m;
        om += of_o * of_m;
        squares += difference * difference;
        sizes += difference.abs();
    }
    let bias = mean_of(|pair| pair.modelled - pair.measured);
    let has_spread = pairs.len() >= MIN_PAIRS && oo > 0.0 && mm > 0.0;
    let of_spread = |value: f64| has_spread.then_some(value);
    let has_mean = o.abs() > NO_MEAN * (oo / n).sqrt();
    let r = om / (oo * mm).sqrt();
    let kge =
        1.0 - ((r - 1.0).powi(2) + ((mm / oo).sqrt() - 1.0).powi(2) + (m / o - 1.0).powi(2)).sqrt();
    Some(Agreement {
        n: pairs.len(),
        r: of_spread(r),
        r2: of_spread(r * r),
        nse: of_spread(1.0 - squares / oo),
        rmse: (squares / n).sqrt(),
        mae: sizes / n,
        bias,
        pbias_percent: has_mean.then(|| 100.0 * bias / o),
        slope: of_spread(om / oo),
        intercept: of_spread(m - om / oo * o),
        ccc: of_spread(2.0 * om / (oo + mm + n * (o - m).powi(2))),
        kge: of_spread(kge).filter(|_| has_mean),
    })
}
