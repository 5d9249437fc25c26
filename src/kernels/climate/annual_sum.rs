//! Annual sum of a monthly amount, such as precipitation in mm or radiation in MJ m-2.
//!
//! Missing months follow the rule of [`crate::kernels::lib::annual`], with the months of the season as the year.
//!
//! GPU twin: `shaders/kernels/climate/annual_sum.wgsl`.

use crate::calendar::{Calendar, Season, Steps, Years};
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::lib::annual::Year;
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::{gpu_params, ports};

gpu_params! {
    /// Parameters as the shader takes them, of this kernel and of `annual_mean`.
    pub struct AnnualParams {
        /// Months that a year needs.
        min_months: u32,
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
    }
}

impl AnnualParams {
    /// The parameters of a rule.
    #[must_use]
    pub fn new(min_months: u32) -> Self {
        Self {
            min_months,
            _pad0: 0,
            _pad1: 0,
            _pad2: 0,
        }
    }
}

/// Months that a year needs: all of a season that has fewer than `min_months`.
pub(super) fn needed(min_months: u32, season: Season) -> u32 {
    u32::try_from(season.n_months()).map_or(min_months, |n| min_months.min(n))
}

/// Where the months of a season are among the twelve steps of a year.
pub(super) fn season_constants(season: Season) -> Vec<NamedConstant> {
    let steps = season.steps_of_year();
    vec![
        ("SEASON_START", Constant::size(steps.start)),
        ("SEASON_END", Constant::size(steps.end)),
    ]
}

ports! {
    /// Ports of the outputs.
    pub mod port {
        SUM = "sum",
    }
}

/// The sum of twelve months, or of those of a season.
#[derive(Clone, Debug)]
pub struct AnnualSum {
    /// Months that a year needs, 1 to 12; all of a season that has fewer.
    pub min_months: u32,
    /// The months that make a year.
    pub season: Season,
    /// Years of the series.
    pub years: Years,
}

impl Twin for AnnualSum {
    const SPEC: KernelSpec = KernelSpec {
        name: "annual_sum",
        title: "annual sum of months",
        missing: "a year with fewer than min_months valid months, or fewer than all of a shorter season",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/climate/annual_sum.wgsl"),
        libs: &[include_str!("../../../shaders/lib/annual.wgsl")],
        params: AnnualParams::FIELDS,
        ports: port::NAMES,
        tolerance: "twelve additions of 6e-8, relative to the sum of the magnitudes",
        canary: ("x.value, table(step)", "x.value * 1.00001, table(step)"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", Steps::Monthly)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("sum", Steps::Annual, Tolerance::relative(1.5e-6))
                .suffix("")
                .unit(UnitRule::AnnualSum(0)),
        ]
    }

    fn params(&self) -> Vec<u8> {
        bytemuck::bytes_of(&AnnualParams::new(needed(self.min_months, self.season))).to_vec()
    }

    fn constants(&self) -> Vec<NamedConstant> {
        season_constants(self.season)
    }

    fn tables(&self) -> Vec<f64> {
        let season = self.season;
        let days = season.days_of_steps(Calendar::Standard, Steps::Monthly, self.years);
        days.into_iter().map(f64::from).collect()
    }

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let n_years = pixel.n_steps(0) / 12;
        let season = self.season.steps_of_year();
        let n_months = R::of(season.len() as f64);
        let needed = R::of(f64::from(needed(self.min_months, self.season)));
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 12 * y + season.start..12 * y + season.end {
                let x = pixel.sample(0, month);
                year = year.add(x.value, pixel.table(month), x.valid);
            }
            let is_enough = (n_months - year.n_missing).ge(needed);
            pixel.put(port::SUM, y, year.total(), is_enough);
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let months = self.season.steps_of_year();
        months
            .map(|month| pixel.sample(0, 12 * step + month).value.abs())
            .sum()
    }
}
