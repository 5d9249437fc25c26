//! Mann-Kendall test of an annual series: does it rise or fall, whatever the shape?
//!
//! ```text
//! S   = Σ_{j<i} sign(y_i − y_j)
//! Z   = (S − sign S) / √Var,  0 where S = 0;  p two-sided
//! tau = S / √[n(n−1)/2 · (n(n−1)/2 − tied pairs)]          Kendall's tau-b; years are never tied
//! ```
//!
//! | symbol | meaning                                                              | unit |
//! |--------|----------------------------------------------------------------------|------|
//! | y      | the series, compared as stored in its layer, with no tolerance        | any  |
//! | S      | rising pairs of years less falling ones, a whole number              | 1    |
//! | Z      | S in standard deviations, with the correction for continuity          | 1    |
//! | p      | probability of an S this far from 0 where there is no trend           | 1    |
//! | tau    | S as a share of the pairs that are not tied, −1 to 1                  | 1    |
//!
//! Equal values and gaps are counted in the variance. p is exact for up to ten valid years without
//! ties, and normal otherwise. A constant series has S = 0, Z = 0, p = 1 and no tau.
//!
//! Source: Mann (1945), Econometrica 13, 245-259; Kendall (1975), *Rank Correlation Methods*, 4th ed.;
//! `docs/science/trends.md#mann-kendall`.
//! GPU twin: `shaders/kernels/statistics/mann_kendall.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::mann_kendall::{
    EXACT_STRIDE, MAX_EXACT_YEARS, compare_pairs, exact_p_table, p_value, standardised,
};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mean_cv::MinYearsParams;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Kendall's S.
        S = "s",
        /// Standard normal deviate.
        Z = "z",
        /// Two-sided p.
        P = "p",
        /// Kendall's tau-b.
        TAU = "tau",
    }
}

/// The Mann-Kendall test of a series.
#[derive(Clone, Debug)]
pub struct MannKendall {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

/// Sizes that shaders need which compare all pairs of years.
pub(super) fn pair_constants(n_years: usize) -> Vec<NamedConstant> {
    vec![
        ("N_YEARS", Constant::size(n_years)),
        ("MAX_EXACT_YEARS", Constant::size(MAX_EXACT_YEARS)),
        ("EXACT_STRIDE", Constant::size(EXACT_STRIDE)),
    ]
}

/// The outputs Z and p of a form of the test for years that depend on each other, described.
///
/// # Arguments
///
/// * `form` - how the form differs, such as `after pre-whitening`.
pub(super) fn described_by_form(z: Port, p: Port, form: &str) -> [Port; 2] {
    [
        z.described(format!("Mann-Kendall Z of {{series}} {form}")),
        p.described(format!(
            "Two-sided p of the Mann-Kendall test of {{series}} {form}"
        )),
    ]
}

impl Twin for MannKendall {
    const SPEC: KernelSpec = KernelSpec {
        name: "mann_kendall",
        title: "Mann-Kendall test",
        missing: "fewer than min_years valid years; tau of a constant series",
        source: "Mann (1945), Econometrica 13; Kendall (1975), Rank Correlation Methods",
        wgsl: include_str!("../../../shaders/kernels/statistics/mann_kendall.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/normal.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/mann_kendall.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "S and 18 Var are whole numbers; division and square root; p: within 1e-5 and \
                    1e-3 of p",
        canary: (
            "pairs - score.tied_pairs",
            "pairs - 1.01 * score.tied_pairs",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let s = Port::output("s", Steps::Static, Tolerance::Exact)
            .described("Mann-Kendall S of {series}: rising pairs of years less falling ones");
        let is_small = self.n_years * self.n_years.saturating_sub(1) / 2 <= 32_767;
        vec![
            if is_small { s.whole() } else { s },
            Port::output("z", Steps::Static, Tolerance::relative(1e-6))
                .described("Mann-Kendall Z of {series}"),
            Port::output("p", Steps::Static, Tolerance::PValue)
                .described("Two-sided p of the Mann-Kendall test of {series}"),
            Port::output("tau", Steps::Static, Tolerance::relative(1e-6))
                .described("Kendall's tau-b of {series} with the years"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
    }

    fn tables(&self) -> Vec<f64> {
        exact_p_table()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    fn max_iterations(&self) -> usize {
        // Where loops stay: the years are read, then each is compared with all before it.
        2 * self.n_years + self.n_years * self.n_years.saturating_sub(1) / 2
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [half, one] = [0.5, 1.0].map(R::of);
        let series = Series::read(pixel, 0);
        let score = compare_pairs(&series);
        let z = standardised(score.s, score.variance);
        let p = p_value(series.n, &score, z, |i| pixel.table_at(i));
        let pairs = half * series.n * (series.n - one);
        let untied = pairs - score.tied_pairs;
        let is_varied = untied.gt(half);
        let tau = score.s / R::select(is_varied, pairs * untied, one).sqrt();

        let is_enough = series.n.ge(R::of(f64::from(self.min_years.max(3))));
        pixel.put(port::S, 0, score.s, is_enough);
        pixel.put(port::Z, 0, z, is_enough);
        pixel.put(port::P, 0, p, is_enough);
        pixel.put(port::TAU, 0, tau, is_enough & is_varied);
    }
}
