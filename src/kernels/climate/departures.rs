//! Departures of a series from its mean over some years: of each month from the mean of that month, of each year from the
//! mean of the years.
//!
//! ```text
//! departure = x − mean of the valid x of the same month in the baseline
//! ```
//!
//! Where all months are there, the year of the departures is the year less a constant, and slopes and correlations
//! are the same. Where months are missing, the mean of the others depends on which ones; that of their departures
//! does not.
//!
//! Source: definition; `docs/science/drivers.md#departures`.
//! GPU twin: `shaders/kernels/climate/departures.wgsl`.

use crate::calendar::{Steps, Years};
use crate::kernels::constant::{Constant, NamedConstant};
use crate::kernels::output::UnitRule;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::statistics::MinYearsParams;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;
use crate::ports;

ports! {
    /// Ports of the outputs.
    pub mod port {
        DEPARTURE = "departure",
    }
}

/// Departures from the mean over a baseline.
#[derive(Clone, Debug)]
pub struct Departures {
    /// Steps of the series, annual or monthly.
    pub steps: Steps,
    /// Years of the series.
    pub years: Years,
    /// Years of the mean, inside those of the series.
    pub baseline: Years,
}

/// Most values of a year.
const MONTHS: usize = 12;

impl Departures {
    /// Values of a year.
    fn period(&self) -> usize {
        match self.steps {
            Steps::Monthly => MONTHS,
            Steps::Annual | Steps::Static | Steps::Members(_) => 1,
        }
    }

    /// The first year of the baseline, and the one after its last, counted from the first of the series.
    fn span(&self) -> [usize; 2] {
        let n_years = self.years.count();
        let place = |year: i32| usize::try_from(year - self.years.first).unwrap_or(0);
        [
            place(self.baseline.first).min(n_years),
            place(self.baseline.last + 1).min(n_years),
        ]
    }

    /// Valid years of the baseline that a mean needs: half of them.
    fn least(&self) -> u32 {
        let [first, end] = self.span();
        u32::try_from((end - first).div_ceil(2))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

impl Twin for Departures {
    const SPEC: KernelSpec = KernelSpec {
        name: "departures",
        title: "departures from the mean of the month or the year",
        missing: "a missing value; a month with values in fewer than half of the years of the baseline",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/climate/departures.wgsl"),
        libs: &[],
        params: MinYearsParams::FIELDS,
        ports: port::NAMES,
        tolerance: "as many additions of 6e-8 as the baseline has years, and a difference, relative to the sizes of the \
                    value and of the mean",
        canary: ("sum[m] += x.value;", "sum[m] += x.value * 1.0001;"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("x", self.steps)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![
            Port::output("departure", self.steps, Tolerance::relative(4e-6))
                .suffix("")
                .unit(UnitRule::OfInput(0)),
        ]
    }

    fn params(&self) -> Vec<u8> {
        MinYearsParams::bytes(self.least())
    }

    fn constants(&self) -> Vec<NamedConstant> {
        let [first, end] = self.span();
        vec![
            ("PERIOD", Constant::size(self.period())),
            ("BASELINE_START", Constant::size(first)),
            ("BASELINE_END", Constant::size(end)),
        ]
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [zero, one] = [0.0, 1.0].map(R::of);
        let period = self.period();
        let [first, end] = self.span();
        let least = R::of(f64::from(self.least()));
        let mut sum = [zero; MONTHS];
        let mut n = [zero; MONTHS];
        for y in first..end {
            for m in 0..period {
                let x = pixel.sample(0, period * y + m);
                sum[m] = sum[m] + x.value;
                n[m] = n[m] + R::select(x.valid, one, zero);
            }
        }
        for y in 0..pixel.n_steps(0) / period {
            for m in 0..period {
                let step = period * y + m;
                let x = pixel.sample(0, step);
                let departure = x.value - sum[m] / n[m].max(one);
                pixel.put(port::DEPARTURE, step, departure, x.valid & n[m].ge(least));
            }
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let [first, end] = self.span();
        let period = self.period();
        let same = (first..end).map(|y| pixel.sample(0, period * y + step % period));
        let (sum, n) = same
            .filter(|x| x.valid)
            .fold((0.0, 0.0), |(sum, n), x| (sum + x.value.abs(), n + 1.0));
        pixel.sample(0, step).value.abs() + sum / f64::max(n, 1.0)
    }
}
