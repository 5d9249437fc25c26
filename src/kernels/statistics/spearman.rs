//! Spearman's rank correlation of an annual series with the years.
//!
//! ```text
//! r_i = 2 rank(y_i) − (n + 1) = smaller values − larger values        ties have their middle rank
//! x_i = 2 rank(t_i) − (n + 1) = earlier valid years − later ones      years are never tied
//! rho = Σ x r / √(Σ x² Σ r²)
//! p   = two-sided, t = rho √[(n − 2) / (1 − rho²)], n − 2 degrees of freedom
//! ```
//!
//! | symbol | meaning                                                                | unit |
//! |--------|------------------------------------------------------------------------|------|
//! | y      | the series, compared as stored in its layer, with no tolerance          | any  |
//! | n      | valid years; gaps are left out, and the years that are left are ranked  | 1    |
//! | rho    | correlation of the ranks of the values with those of the years, −1 to 1 | 1    |
//! | p      | probability of a rho this far from 0 where there is no trend            | 1    |
//!
//! p is the approximation by Student's t for every n, as scipy's `spearmanr` has it, and 0 where rho
//! is −1 or 1. A constant series has p = 1 and no rho, as in the Mann-Kendall test; scipy gives no p.
//!
//! The sums are whole numbers, which `f32` holds exactly for up to 369 years. With `c = |Σ x r|`,
//! which is never larger than `Σ r²`, and that never larger than `Σ x²`, the unexplained share is
//!
//! ```text
//! 1 − rho² = (Σ x² − Σ r²) / Σ x² + (Σ r² − c) / Σ x² · (Σ r² + c) / Σ r²
//! ```
//!
//! so that nothing is lost where rho is near −1 or 1.
//!
//! Source: Spearman (1904), Am. J. Psychol. 15, 72-101; p: Kendall & Stuart (1973), *The Advanced
//! Theory of Statistics*, vol. 2, 3rd ed., section 31.19, and scipy 1.17, `scipy.stats.spearmanr`.
//! GPU twin: `shaders/kernels/statistics/spearman.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::NamedConstant;
use crate::kernels::lib::series::Series;
use crate::kernels::lib::tails::{beta_tail, inverse_beta_table};
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::pair_constants;
use super::mean_cv::MinYearsParams;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// The rank correlation.
        RHO = "rho",
        /// Two-sided p.
        P = "p",
    }
}

/// Spearman's test of a series.
#[derive(Clone, Debug)]
pub struct Spearman {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

impl Twin for Spearman {
    const SPEC: KernelSpec = KernelSpec {
        name: "spearman",
        title: "Spearman's rank correlation with the years",
        missing: "fewer than min_years valid years; rho of a constant series",
        source: "Spearman (1904), Am. J. Psychol. 15, 72-101",
        wgsl: include_str!("../../../shaders/kernels/statistics/spearman.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/tails.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "sums of ranks are whole numbers; division and square root; p as of ols",
        canary: ("2.0 * before - y.n", "2.02 * before - y.n"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("rho", Steps::Static, Tolerance::relative(1e-6))
                .described("Spearman's rank correlation of {series} with the years"),
            Port::output("p", Steps::Static, Tolerance::PValue)
                .described("Two-sided p of Spearman's rank correlation of {series} with the years"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
    }

    fn tables(&self) -> Vec<f64> {
        inverse_beta_table(self.n_years.max(3) - 2, 1)
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one, two] = [0.0, 0.5, 1.0, 2.0].map(R::of);
        let y = Series::read(pixel, 0);
        let mut before = zero;
        let mut years = zero;
        let mut ranks = zero;
        let mut products = zero;
        for i in 0..y.value.len() {
            let here = y.value[i];
            let mut rank = zero;
            for j in 0..y.value.len() {
                rank = rank + R::select(y.value[j].lt(here), y.weight[j], zero);
                rank = rank - R::select(here.lt(y.value[j]), y.weight[j], zero);
            }
            let year = two * before - y.n + one;
            let weight = y.weight[i];
            years = years + weight * year * year;
            ranks = ranks + weight * rank * rank;
            products = products + weight * year * rank;
            before = before + weight;
        }
        let is_varied = ranks.gt(half);
        years = years.max(one);
        ranks = R::select(is_varied, ranks, one);
        let size = products.abs();
        let untied = (years - ranks) / years;
        let unexplained = untied + (ranks - size) / years * ((ranks + size) / ranks);
        let explained = size / years * (size / ranks);
        let df = (y.n - two).max(one);
        let p = beta_tail(
            unexplained.max(zero),
            explained,
            half * df,
            half,
            pixel.table_at(df),
        );
        let rho = products / (years * ranks).sqrt();

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3))));
        pixel.put(port::RHO, 0, rho, is_enough & is_varied);
        pixel.put(port::P, 0, R::select(is_varied, p, one), is_enough);
    }
}
