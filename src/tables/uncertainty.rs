//! The carbon balance of the region by each member of an ensemble and by each draw of a Monte Carlo run.

use std::fmt::Write as _;

use super::cells::{ALL, cell};
use super::zone_means::SeriesYear;

/// Coefficients that were drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawn {
    /// Name of each, such as `gsmsr.R0`.
    pub names: Vec<String>,
    /// Their values, `[draw][coefficient]`.
    pub values: Vec<Vec<f64>>,
}

/// The distribution of one number over the draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Mean of the draws.
    pub mean: f64,
    /// Their standard deviation.
    pub sd: f64,
    /// 5th percentile.
    pub p5: f64,
    /// 95th percentile.
    pub p95: f64,
    /// Share of draws above 0.
    pub p_sink: f64,
}

/// The spread of `draws`; `None` with fewer than two.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "draws are few")]
pub fn spread(draws: &[f64]) -> Option<Spread> {
    if draws.len() < 2 {
        return None;
    }
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let mut sorted = draws.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n_sink = draws.iter().filter(|x| **x > 0.0).count();
    let [p5, p95] = [0.05, 0.95].map(|q| quantile(&sorted, q));
    Some(Spread {
        mean,
        sd: variance.sqrt(),
        p5,
        p95,
        p_sink: n_sink as f64 / n,
    })
}

/// Quantile of sorted values, linear between them (type 7 of Hyndman & Fan, the default of R and `NumPy`).
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "indices of a short list"
)]
pub(crate) fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = q * (sorted.len() - 1) as f64;
    let below = rank.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (rank - rank.floor()) * (sorted[above] - sorted[below])
}

/// Text of `tables/uncertainty.csv`: mean NEP of the region over the draws, in gC m-2 yr-1.
#[must_use]
pub fn uncertainty_csv(draws: &[SeriesYear]) -> String {
    let means: Vec<f64> = draws.iter().filter_map(|draw| draw.mean).collect();
    let spread = spread(&means);
    let of = |value: fn(&Spread) -> f64| cell(spread.as_ref().map(value));
    let numbers = [
        of(|s| s.mean),
        of(|s| s.sd),
        of(|s| s.p5),
        of(|s| s.p95),
        of(|s| s.p_sink),
    ]
    .join(",");
    let (area, pixels) = draws
        .first()
        .map_or((0.0, 0), |draw| (draw.area_km2, draw.pixels));
    let n = means.len();
    format!(
        "zone_set,zone,variable,draws,mean,sd,p5,p95,p_sink,area_km2,pixels\n{ALL},{ALL},nep,{n},{numbers},{area},{pixels}\n"
    )
}

/// Text of `tables/uncertainty_draws.csv`: the coefficients of each draw and the mean NEP of the region with them.
#[must_use]
pub fn draws_csv(drawn: &Drawn, draws: &[SeriesYear]) -> String {
    let mut text = format!("draw,{},nep_mean\n", drawn.names.join(","));
    for (number, (values, draw)) in drawn.values.iter().zip(draws).enumerate() {
        let values: Vec<String> = values.iter().map(f64::to_string).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{},{},{}",
            number + 1,
            values.join(","),
            cell(draw.mean)
        );
    }
    text
}

/// Text of `tables/ensemble.csv`: mean NEP of the region by each pair of an Rs and an Rh model.
#[must_use]
pub fn ensemble_csv(members: &[[String; 2]], means: &[SeriesYear]) -> String {
    let mut text =
        "zone_set,zone,model,heterotrophic,nep_mean,total_tgc,area_km2,pixels\n".to_owned();
    for ([rs_model, rh_model], entry) in members.iter().zip(means) {
        let total = entry.mean.map(|mean| mean * entry.area_km2 * 1e-6);
        let (mean, total) = (cell(entry.mean), cell(total));
        let _ = writeln!(
            text,
            "{ALL},{ALL},{rs_model},{rh_model},{mean},{total},{},{}",
            entry.area_km2, entry.pixels
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.percentile([3, -1, 4, 1, -5], [5, 95])`, `numpy.std(ddof=1)`.
    #[test]
    fn the_spread_is_that_of_numpy() {
        let of = spread(&[3.0, -1.0, 4.0, 1.0, -5.0]);
        let close = |ours: f64, theirs: f64| (ours - theirs).abs() < 1e-12;
        assert!(
            of.is_some_and(|s| close(s.mean, 0.4) && close(s.sd, 3.577_708_763_999_663_5)),
            "{of:?}"
        );
        assert!(
            of.is_some_and(|s| close(s.p5, -4.2) && close(s.p95, 3.8) && close(s.p_sink, 0.6)),
            "{of:?}"
        );
        assert_eq!(spread(&[1.0]), None);
    }
}
