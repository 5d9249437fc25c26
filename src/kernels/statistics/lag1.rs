//! Autocorrelation of an annual series at a lag of one year, without its trend: what one year
//! carries over to the next. It shows whether the plain tests of trend can be trusted.
//!
//! ```text
//! x_t = y_t − sen · t,   r = Σ x_t x_{t−1} / Σ x_t²      about the mean of x
//! ```
//!
//! | symbol | meaning                                                        | unit            |
//! |--------|----------------------------------------------------------------|-----------------|
//! | y      | the series                                                     | any             |
//! | sen    | its Theil-Sen slope                                            | unit of y per year |
//! | r      | correlation of a year with the calendar year before, −1 to 1   | 1               |
//!
//! Products are over adjacent calendar years that both have a value, squares over all valid years.
//! Of independent years r is within 1.96 / √n of 0 in 95 of 100 cases. Missing where nothing is
//! left of the series beside its line.
//!
//! Source: Box, Jenkins & Reinsel (1994), *Time Series Analysis*, 3rd ed., section 2.1.5;
//! `docs/science/trends.md#persistence`.
//! GPU twin: `shaders/kernels/statistics/lag1.wgsl`.

use crate::calendar::Steps;
use crate::kernels::constant::NamedConstant;
use crate::kernels::lib::persistence::{
    autocorrelation, is_varied, margin_of_spread, margin_ports, put_margin, residuals,
};
use crate::kernels::lib::series::Series;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::mann_kendall::pair_constants;
use super::mean_cv::MinYearsParams;

ports! {
    /// Ports of the outputs.
    pub mod port {
        /// The correlation.
        R = "r",
        /// How near the pixel is to the recheck in `f64`.
        MARGIN = "margin",
        /// Bits of [`flags`](crate::kernels::flags).
        FLAGS = "flags",
    }
}

/// The correlation of a year with the year before.
#[derive(Clone, Debug)]
pub struct Lag1 {
    /// Valid years that a pixel needs, at least 3.
    pub min_years: u32,
    /// Years of the series.
    pub n_years: usize,
}

impl Twin for Lag1 {
    const SPEC: KernelSpec = KernelSpec {
        name: "lag1",
        title: "autocorrelation at lag 1 without the trend",
        missing: "fewer than min_years valid years; a series that lies on its line",
        source: "Box, Jenkins & Reinsel (1994), Time Series Analysis, section 2.1.5",
        wgsl: include_str!("../../../shaders/kernels/statistics/lag1.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/series.wgsl"),
            include_str!("../../../shaders/lib/persistence.wgsl"),
        ],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "residuals to 2e-7 of the scale; under 0.01 of it f64 decides",
        canary: (
            "put(PORT_R, 0u, pixel, r,",
            "put(PORT_R, 0u, pixel, r * 1.001,",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("y", Steps::Annual),
            Port::input("sen", Steps::Static),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        let r = Port::output(
            "r",
            Steps::Static,
            Tolerance::Relative {
                relative: 0.0,
                absolute: 2e-5,
            },
        )
        .suffix("")
        .described("Correlation of {series} with the year before, without its Theil-Sen trend");
        std::iter::once(r)
            .chain(margin_ports(port::MARGIN))
            .collect()
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.min_years)
    }

    fn constants(&self) -> Vec<NamedConstant> {
        pair_constants(self.n_years)
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let y = Series::read(pixel, 0);
        let sen = pixel.sample(1, 0);
        let x = residuals(&y, sen.value);
        let r = autocorrelation(&x, 1);

        let is_enough = y.n.ge(R::of(f64::from(self.min_years.max(3)))) & sen.valid;
        pixel.put(port::R, 0, r, is_enough & is_varied(&x));
        put_margin(pixel, port::MARGIN, margin_of_spread(&x), is_enough);
    }
}
