//! How far an attribution depends on the years of the study: the same attribution with other years.
//!
//! A replicate draws years with replacement, in blocks of neighbours, the same for every pixel, so
//! that what neighbouring pixels and years have in common stays common. A year that is drawn twice
//! counts twice: a replicate is a weighted fit, and each year keeps its position in the calendar.
//!
//! ```text
//! y = b₀ + Σ coef_j x_j (+ c t)     weighted least squares on the complete years, the year with `detrended`
//! slope_v  = Σ w (t − t̄)(v − v̄) / Σ w (t − t̄)²,   of the response and of each driver
//! observed = slope_y,   climate = Σ coef_j slope_j,   human = observed − climate
//! share    = 100 human / observed between 0 and 100, 0 where climate alone and 100 where people alone move it
//! ```
//!
//! Means are weighted means. Columns are centred and divided by their half range first, which no
//! weight changes.
//!
//! A replicate is missing with fewer different complete years than predictors + 2 (3 for
//! `observed`), where a predictor has less than a hundredth of its half range as its spread, and
//! where a pivot of the correlations is under 1e-4: in such years the drivers are almost collinear.
//! `share` is missing where the observed trend explains less than 1e-10 of the variance. All is
//! missing with fewer complete years than `min_years` or predictors + 2.
//!
//! Source: Künsch (1989), Ann. Stat. 17, 1217-1241 (moving blocks); Freedman (1981), Ann. Stat. 9,
//! 1218-1228 (resampling of rows).
//! GPU twin: `shaders/kernels/attribution/bootstrap.wgsl`.

use std::sync::Arc;

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::random::random_bits;
use crate::kernels::lib::replicate::Shape;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::statistics::driver_inputs;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct BootstrapParams {
        min_years: u32,
        n_replicates: u32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// A count as the shader has it.
fn whole(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// How often each year is drawn, `[replicate][year]`: whole blocks of `block` neighbouring years,
/// each start as likely as any other, the last block cut to fit.
#[must_use]
pub fn block_weights(n_years: usize, replicates: usize, block: usize, seed: u32) -> Vec<Vec<u16>> {
    let block = block.clamp(1, n_years.max(1));
    let starts = (n_years - block + 1) as u64;
    let replicate = |replicate: usize| {
        let mut weights = vec![0_u16; n_years];
        let mut drawn = 0;
        let mut number = 0;
        while drawn < n_years {
            // The high half of the product: a whole number below `starts`.
            let start = (u64::from(random_bits(whole(replicate), number, seed)) * starts) >> 32;
            let start = usize::try_from(start).unwrap_or(0);
            let length = block.min(n_years - drawn);
            weights[start..start + length]
                .iter_mut()
                .for_each(|weight| *weight += 1);
            drawn += length;
            number += 1;
        }
        weights
    };
    (0..replicates).map(replicate).collect()
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        OBSERVED = "observed",
        CLIMATE = "climate",
        HUMAN = "human",
        SHARE_HUMAN = "share_human",
    }
}

/// The attribution in some replicates.
#[derive(Clone, Debug)]
pub struct Bootstrap {
    /// Complete years that a pixel needs; never fewer than predictors + 2.
    pub min_years: u32,
    /// Drivers, 1 to [`MAX_PREDICTORS`](crate::kernels::lib::drivers::MAX_PREDICTORS).
    pub n_drivers: usize,
    /// Whether the year is one more predictor, as with detrended sensitivities.
    pub with_year: bool,
    /// How often each year counts, `[replicate][year]`.
    pub weights: Arc<[Vec<u16>]>,
}

impl Bootstrap {
    fn shape(&self) -> Shape {
        Shape {
            n_drivers: self.n_drivers,
            with_year: self.with_year,
        }
    }
}

impl Twin for Bootstrap {
    const SPEC: KernelSpec = KernelSpec {
        name: "bootstrap",
        title: "attribution in years drawn with replacement",
        missing: "fewer complete years than min_years or predictors + 2; replicates that hardly \
            tell the drivers apart",
        source: "Künsch (1989), Ann. Stat. 17, 1217-1241; Freedman (1981), Ann. Stat. 9, 1218-1228",
        wgsl: include_str!("../../../shaders/kernels/attribution/bootstrap.wgsl"),
        libs: &[include_str!("../../../shaders/lib/replicate.wgsl")],
        params: BootstrapParams::FIELDS,
        ports: port::NAMES,
        tolerance: "weighted sums of n products, times the variance inflation, over the least \
            spread of the replicate",
        canary: ("found.climate * unit", "found.climate * unit * 1.0005"),
    };

    fn inputs(&self) -> Vec<Port> {
        driver_inputs(self.n_drivers)
    }

    fn outputs(&self) -> Vec<Port> {
        let replicates = Steps::Members(self.weights.len());
        let port = |name: &str, unit: UnitRule| {
            Port::output(name, replicates, Tolerance::relative(4e-6))
                .suffix(format!("_replicates_{name}"))
                .unit(unit)
        };
        vec![
            port("observed", UnitRule::PerYear(0)),
            port("climate", UnitRule::PerYear(0)),
            port("human", UnitRule::PerYear(0)),
            port("share_human", UnitRule::Is("%")),
        ]
    }

    fn params(&self) -> Vec<u8> {
        let n_replicates = whole(self.weights.len());
        let params = BootstrapParams {
            min_years: self.min_years,
            n_replicates,
            _pad0: 0,
            _pad1: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        vec![
            ("N_DRIVERS", Constant::size(self.n_drivers)),
            ("N_PREDICTORS", Constant::size(self.shape().n_predictors())),
        ]
    }

    fn tables(&self) -> Vec<f64> {
        self.weights
            .iter()
            .flatten()
            .copied()
            .map(f64::from)
            .collect()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let shape = self.shape();
        let columns = shape.columns(self.min_years, pixel);
        for (number, weights) in self.weights.iter().enumerate() {
            let found = shape.replicate(&columns, weights);
            pixel.put(port::OBSERVED, number, found.observed, found.has_observed);
            pixel.put(port::CLIMATE, number, found.climate, found.is_solved);
            pixel.put(
                port::HUMAN,
                number,
                found.observed - found.climate,
                found.is_solved,
            );
            pixel.put(port::SHARE_HUMAN, number, found.share, found.has_share);
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let columns = self.shape().columns::<f64>(self.min_years, pixel);
        let Some(weights) = self.weights.get(step) else {
            return f64::NAN;
        };
        let found = self.shape().replicate(&columns, weights);
        let unit = columns.scale[0] / columns.scale[self.n_drivers + 1];
        // Roundings of the sums grow by the weakness of the fit; the columns are good to a rounding
        // of their half range.
        let growth = if port == port::OBSERVED {
            1.0
        } else {
            found.worst_vif(self.shape().n_predictors())
        };
        let size = found.size + growth * unit / found.least_spread;
        if port < port::SHARE_HUMAN {
            size
        } else {
            100.0 * size / found.observed.abs()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replicate_draws_as_many_years_as_there_are_in_blocks() {
        for (n_years, block) in [(20, 3), (20, 1), (7, 7), (33, 5), (4, 9)] {
            let all = block_weights(n_years, 200, block, 1);
            assert_eq!(all.len(), 200);
            assert!(
                all.iter().all(
                    |weights| weights.iter().map(|&w| usize::from(w)).sum::<usize>() == n_years
                )
            );
        }
        // A block as long as the study leaves it as it is.
        assert!(
            block_weights(7, 50, 7, 3)
                .iter()
                .all(|weights| weights.iter().all(|&w| w == 1))
        );
    }

    #[test]
    fn years_inside_are_drawn_alike_and_a_seed_is_its_own() {
        let n = 4000;
        let all = block_weights(20, n, 3, 1);
        let mean = |year: usize| all.iter().map(|w| f64::from(w[year])).sum::<f64>() / n as f64;
        // 6 blocks of 3 and one of 2 on 18 starts: years 3 to 17 are in three starts of the six.
        let expected = 6.0 * 3.0 / 18.0 + 2.0 / 18.0;
        for year in 2..17 {
            assert!(
                (mean(year) - expected).abs() < 0.05,
                "{year}: {} of {expected}",
                mean(year)
            );
        }
        assert_eq!(all, block_weights(20, n, 3, 1));
        assert_ne!(all, block_weights(20, n, 3, 2));
        // Replicates do not depend on their number.
        assert_eq!(all[..10], block_weights(20, 10, 3, 1)[..]);
    }
}
