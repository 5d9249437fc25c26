//! Pettitt's change point: the year after which the series has another level.
//!
//! ```text
//! U_k = 2 Σ_{i<=k} rank_i − k (n + 1) = Σ_{i<=k} Σ_j sign(y_i − y_j)
//! K   = the first k with the largest |U_k|,  p = min(1, 2 exp[−6 U_K² / (n³ + n²)])
//! ```
//!
//! | symbol | meaning                                                     | unit |
//! |--------|-------------------------------------------------------------|------|
//! | y      | the series; ties have their middle rank                     | any  |
//! | n      | valid years; `k` counts them                                | 1    |
//! | year   | calendar year of the K-th valid year, the last of the first part | year |
//! | p      | approximate, good to two digits where it is small           | 1    |
//!
//! A trend without a jump also gives a small p: the test shows that the levels differ, not that
//! there was a break. A constant series has p = 1 and no year.
//!
//! Source: Pettitt (1979), Appl. Stat. 28, 126-135; `docs/science/trends.md#pettitt`.
//! GPU twin: `shaders/kernels/statistics/pettitt.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::NamedConstant;
use crate::kernels::lib::series::Series;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, RankDependence, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

use super::mann_kendall::pair_constants;

gpu_params! {
    /// Parameters as the shader takes them, of a test that dates a change.
    pub struct DatedParams {
        /// Valid years that a pixel needs.
        min_years: u32,
        /// First year of the study.
        first_year: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

impl DatedParams {
    /// The bytes of a rule.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "f32 holds every year")]
    pub fn bytes(min_years: u32, first_year: i32) -> Vec<u8> {
        bytemuck::bytes_of(&Self {
            min_years,
            first_year: first_year as f32,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// Last year of the first part.
        YEAR = "year",
        /// Approximate p.
        P = "p",
    }
}

/// Pettitt's test of a series.
#[derive(Clone, Debug)]
pub struct Pettitt {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
    /// The first of them.
    pub first_year: i32,
}

impl Twin for Pettitt {
    const SPEC: KernelSpec = KernelSpec {
        name: "pettitt",
        title: "Pettitt's change point",
        missing: "fewer than min_years valid years; the year of a constant series",
        source: "Pettitt (1979), Appl. Stat. 28, 126-135",
        wgsl: include_str!("../../../shaders/kernels/statistics/pettitt.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/exponential.wgsl"),
            include_str!("../../../shaders/lib/series.wgsl"),
        ],
        params: DatedParams::FIELDS,
        ports: port::NAMES,
        tolerance: "U is a whole number; p: within 1e-5 and 1e-3 of p",
        canary: ("-6.0 * largest", "-6.01 * largest"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("y", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("year", Steps::Static, Tolerance::Exact)
                .whole()
                .unit(UnitRule::Is("year"))
                .described("Last year of the first part of {series}, by Pettitt's change point"),
            Port::output("p", Steps::Static, Tolerance::PValue)
                .described("Approximate p of Pettitt's change point of {series}"),
        ]
    }

    fn params(&self) -> Vec<u8> {
        DatedParams::bytes(self.min_years, self.first_year)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
    }

    fn ranks(&self) -> RankDependence {
        RankDependence::Inputs
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, half, one, two] = [0.0, 0.5, 1.0, 2.0].map(R::of);
        let y = Series::read(pixel, 0);
        let mut u = zero;
        let mut largest = zero;
        let mut year = zero;
        for i in 0..y.value.len() {
            let here = y.value[i];
            let mut sign = zero;
            for j in 0..y.value.len() {
                sign = sign + R::select(y.value[j].lt(here), y.weight[j], zero);
                sign = sign - R::select(here.lt(y.value[j]), y.weight[j], zero);
            }
            u = u + y.weight[i] * sign;
            let is_larger = u.abs().gt(largest + half);
            largest = R::select(is_larger, u.abs(), largest);
            year = R::select(
                is_larger,
                R::of(f64::from(self.first_year) + i as f64),
                year,
            );
        }
        let n = y.n;
        let p = two * (R::of(-6.0) * largest * largest / (n * n * (n + one)).max(one)).exp();

        let is_enough = n.ge(R::of(f64::from(self.min_years.max(3))));
        pixel.put(port::YEAR, 0, year, is_enough & largest.gt(half));
        pixel.put(port::P, 0, p.min(one), is_enough);
    }
}
