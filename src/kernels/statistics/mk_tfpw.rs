//! Mann-Kendall test after trend-free pre-whitening: the trend is taken out before the persistence
//! is measured and removed, and put back for the test.
//!
//! ```text
//! x_t = y_t − sen · t
//! r   = Σ x_t x_{t−1} / Σ x_t²                      about the mean of x
//! w_t = x_t − r x_{t−1} + sen · t                   adjacent calendar years that both have a value
//! Z, p of Mann-Kendall on w, values within 1e-6 of the scale tied
//! ```
//!
//! | symbol | meaning                                                      | unit |
//! |--------|--------------------------------------------------------------|------|
//! | y      | the series                                                   | any  |
//! | sen    | its Theil-Sen slope                                          | unit of y per year |
//! | r      | autocorrelation at lag 1 of the series without its trend     | 1    |
//! | Z, p   | as of the Mann-Kendall test, of one year less without gaps   | 1    |
//!
//! The published rule whitens only where r is significant, |r| > 1.96 / √n, and tests the series
//! itself elsewhere ([`MkTfpw::only_if_significant`]); the packages of R and Python always whiten.
//! Putting the trend back makes the test reject too often where the years are strongly persistent.
//!
//! Source: Yue, Pilon, Phinney & Cavadias (2002), Hydrol. Process. 16, 1807-1829;
//! `docs/science/trends.md#pre-whitening`.
//! GPU twin: `shaders/kernels/statistics/mk_tfpw.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::{NamedConstant, thresholds};
use crate::kernels::lib::mann_kendall::{
    compare_pairs_within, exact_p_table, p_value, standardised,
};
use crate::kernels::lib::persistence::{
    MAX_MARGIN, Z_95, autocorrelation, margin_of, margin_of_spread, margin_ports, put_margin,
    residuals,
};
use crate::kernels::lib::prewhitening::{TIED, margin_of_pairs, prewhitened};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::{Mask, Real};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

use super::mann_kendall::{described_by_form, pair_constants};

/// Correlations this near to the limit of significance are computed again in `f64`.
const NEAR_LIMIT: f64 = 4e-5;

gpu_params! {
    /// Parameters as the shader takes them.
    pub struct MkTfpwParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// Not 0: whitens only where the autocorrelation is significant.
        only_if_significant: u32,
        _pad0: u32,
        _pad1: u32,
    }
}

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

/// The Mann-Kendall test after trend-free pre-whitening.
#[derive(Clone, Debug)]
pub struct MkTfpw {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// Whitens only where the autocorrelation is significant at 5 %, as published.
    pub only_if_significant: bool,
}

impl Twin for MkTfpw {
    const SPEC: KernelSpec = KernelSpec {
        name: "mk_tfpw",
        title: "Mann-Kendall test after trend-free pre-whitening",
        missing: "fewer than min_years valid years, or three pairs of adjacent ones",
        source: "Yue, Pilon, Phinney & Cavadias (2002), Hydrol. Process. 16",
        wgsl: include_str!("../../../shaders/kernels/statistics/mk_tfpw.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/normal.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/mann_kendall.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
            include_str!("../../../shaders/lib/prewhitening.wgsl"),
        ],
        params: MkTfpwParams::FIELDS,
        ports: port::NAMES,
        tolerance: "whole numbers, since pairs near the tolerance of ties are decided in f64; \
                    division and square root; p: within 1e-5 and 1e-3 of p",
        canary: ("autocorrelation(&x, 1u)", "(0.9 * autocorrelation(&x, 1u))"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("y", Steps::Annual),
            Port::input("sen", Steps::Static),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        let form = if self.only_if_significant {
            "after trend-free pre-whitening where the autocorrelation is significant"
        } else {
            "after trend-free pre-whitening"
        };
        let z = Port::output("z", Steps::Static, Tolerance::relative(1e-6));
        let p = Port::output("p", Steps::Static, Tolerance::PValue);
        described_by_form(z, p, form)
            .into_iter()
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        let only_if_significant = u32::from(self.only_if_significant);
        let params = MkTfpwParams {
            min_years: self.min_years,
            only_if_significant,
            _pad0: 0,
            _pad1: 0,
        };
        bytemuck::bytes_of(&params).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
            .into_iter()
            .chain(thresholds![NEAR_LIMIT])
            .collect()
    }

    fn tables(&self) -> Vec<f64> {
        exact_p_table()
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Made
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let most = R::of(MAX_MARGIN);
        let y = Series::read(pixel, 0);
        let sen = pixel.sample(1, 0);
        let x = residuals(&y, sen.value);
        let r = autocorrelation(&x, 1);
        let limit = R::of(Z_95) / y.n.max(R::of(1.0)).sqrt();
        let is_applied = r.abs().gt(limit) | R::Mask::of(!self.only_if_significant);
        let whitened = prewhitened(&y, &x, r, is_applied);
        let score = compare_pairs_within(&whitened, R::select(is_applied, R::of(TIED), R::of(0.0)));
        let z = standardised(score.s, score.variance);
        let p = p_value(whitened.n, &score, z, |i| pixel.table_at(i));
        let of_limit = if self.only_if_significant {
            margin_of(r.abs(), limit, NEAR_LIMIT)
        } else {
            most
        };
        let of_pairs = R::select(is_applied, margin_of_pairs(&whitened, &y, &x, r), most);
        let margin = margin_of_spread(&x).min(of_limit).min(of_pairs);

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3)))) & sen.valid;
        let has_pairs = is_enough & whitened.n.gt(R::of(2.5));
        pixel.put(port::Z, 0, z, has_pairs);
        pixel.put(port::P, 0, p, has_pairs);
        put_margin(pixel, port::MARGIN, margin, is_enough);
    }
}
