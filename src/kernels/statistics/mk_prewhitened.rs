//! Mann-Kendall test of a pre-whitened series: the trend of what a year does not have from the year
//! before.
//!
//! ```text
//! r   = Σ (y_t − ȳ)(y_{t−1} − ȳ) / Σ (y_t − ȳ)²
//! w_t = y_t − r y_{t−1}                             adjacent calendar years that both have a value
//! Z, p of Mann-Kendall on w, values within 1e-6 of the scale tied
//! ```
//!
//! | symbol | meaning                                                      | unit |
//! |--------|--------------------------------------------------------------|------|
//! | y      | the series                                                   | any  |
//! | r      | its autocorrelation at lag 1, trend included                 | 1    |
//! | Z, p   | as of the Mann-Kendall test, of one year less without gaps   | 1    |
//!
//! A trend is itself autocorrelation: pre-whitening takes some of it away, and misses trends that
//! are there (`mk_tfpw` was made against that). A constant series has Z = 0 and p = 1.
//!
//! Source: von Storch (1995), in *Analysis of Climate Variability*, 11-26;
//! `docs/science/trends.md#pre-whitening`.
//! GPU twin: `shaders/kernels/statistics/mk_prewhitened.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::NamedConstant;
use crate::kernels::lib::mann_kendall::{
    compare_pairs_within, exact_p_table, p_value, standardised,
};
use crate::kernels::lib::persistence::{
    autocorrelation, margin_of_spread, margin_ports, put_margin, residuals,
};
use crate::kernels::lib::prewhitening::{TIED, margin_of_pairs, prewhitened};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::{described_by_form, pair_constants};
use super::mean_cv::MinYearsParams;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Standard normal deviate.
        Z = "z",
        /// Two-sided p.
        P = "p",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The Mann-Kendall test after pre-whitening.
#[derive(Clone, Debug)]
pub struct MkPrewhitened {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

impl Twin for MkPrewhitened {
    const SPEC: KernelSpec = KernelSpec {
        name: "mk_prewhitened",
        title: "Mann-Kendall test after pre-whitening",
        missing: "fewer than min_years valid years, or three pairs of adjacent ones",
        source: "von Storch (1995), in Analysis of Climate Variability, 11-26",
        wgsl: include_str!("../../../shaders/kernels/statistics/mk_prewhitened.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/normal.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/mann_kendall.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
            include_str!("../../../shaders/lib/prewhitening.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "whole numbers, since pairs near the tolerance of ties are decided in f64; \
                    division and square root; p: within 1e-5 and 1e-3 of p",
        canary: ("autocorrelation(&x, 1u)", "(0.9 * autocorrelation(&x, 1u))"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        let z = Port::output("z", Steps::Static, Tolerance::relative(1e-6));
        let p = Port::output("p", Steps::Static, Tolerance::PValue);
        described_by_form(z, p, "after pre-whitening")
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
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
        RankDependence::Made
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let y = Series::read(pixel, 0);
        let x = residuals(&y, R::of(0.0));
        let r = autocorrelation(&x, 1);
        let whitened = prewhitened(&y, &x, r, R::Mask::of(true));
        let score = compare_pairs_within(&whitened, R::of(TIED));
        let z = standardised(score.s, score.variance);
        let p = p_value(whitened.n, &score, z, |i| pixel.table_at(i));
        let margin = margin_of_spread(&x).min(margin_of_pairs(&whitened, &y, &x, r));

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3))));
        let has_pairs = is_enough & whitened.n.gt(R::of(2.5));
        pixel.put(port::Z, 0, z, has_pairs);
        pixel.put(port::P, 0, p, has_pairs);
        put_margin(pixel, port::MARGIN, margin, is_enough);
    }
}
