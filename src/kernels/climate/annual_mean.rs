//! Annual mean of a monthly state, such as temperature: the plain mean of the valid months.
//!
//! GPU twin: `shaders/kernels/climate/annual_mean.wgsl`.

use crate::calendar::{Season, Steps};
use crate::kernels::constant::NamedConstant;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

use super::AnnualParams;
use super::annual_sum::{needed, season_constants};

ports! {
    /// Ports of the outputs.
    pub mod port {
        MEAN = "mean",
    }
}

/// The mean of twelve months, or of those of a season.
#[derive(Clone, Debug)]
pub struct AnnualMean {
    /// Months that a year needs, 1 to 12; all of a season that has fewer.
    pub min_months: u32,
    /// The months that make a year.
    pub season: Season,
}

impl Twin for AnnualMean {
    const SPEC: KernelSpec = KernelSpec {
        name: "annual_mean",
        title: "annual mean of months",
        missing: "a year with fewer than min_months valid months, or fewer than all of a shorter season",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/climate/annual_mean.wgsl"),
        libs: &[],
        params: AnnualParams::FIELDS,
        ports: port::NAMES,
        tolerance: "twelve additions of 6e-8 and a division, relative to the mean magnitude",
        canary: ("sum += x.value;", "sum += x.value * 1.00001;"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", Steps::Monthly)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("mean", Steps::Annual, Tolerance::relative(1.5e-6))
                .suffix("")
                .unit(UnitRule::OfInput(0)),
        ]
    }

    fn params(&self) -> Vec<u8> {
        bytemuck::bytes_of(&AnnualParams::new(needed(self.min_months, self.season))).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        season_constants(self.season)
    }

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let n_years = pixel.n_steps(0) / 12;
        let season = self.season.steps_of_year();
        let needed = R::of(f64::from(needed(self.min_months, self.season)));
        for y in 0..n_years {
            let mut sum = zero;
            let mut n_valid = zero;
            for month in 12 * y + season.start..12 * y + season.end {
                let x = pixel.sample(0, month);
                sum = sum + x.value;
                n_valid = n_valid + R::select(x.valid, one, zero);
            }
            pixel.put(port::MEAN, y, sum / n_valid.max(one), n_valid.ge(needed));
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let season = self.season.steps_of_year();
        let months = season.map(|month| pixel.sample(0, 12 * step + month));
        let (sum, n) = months
            .filter(|x| x.valid)
            .fold((0.0, 0.0), |(sum, n), x| (sum + x.value.abs(), n + 1.0));
        sum / f64::max(n, 1.0)
    }
}
