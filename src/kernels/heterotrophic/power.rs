//! Heterotrophic respiration as a power of soil respiration.
//!
//! ```text
//! Rh = factor Rs^exponent,  0 <= Rh <= Rs          in the unit of the law
//! ```
//!
//! | symbol     | meaning                                 | unit              | default |
//! |------------|-----------------------------------------|-------------------|---------|
//! | `Rs`       | annual soil respiration                 | gC m-2 yr-1       | input 0 |
//! | `factor`   | Rh at Rs = 1                            | the law's, below  | 0.6163  |
//! | `exponent` | slope of ln Rh on ln Rs                 | -                 | 0.7918  |
//!
//! **The unit decides everything.** The law is common in papers on China, without its source or unit. With
//! rates in gC m-2 d-1 (the default) its share is 0.51 at Rs = 2.4, with kgC m-2 yr-1 it is 0.63 at 0.9; with
//! gC m-2 yr-1 it would be 0.15 at 900, which no field data support, so that unit is not offered. A day's rate is
//! the year's mean, `Rs / days of the year`: the law is concave, and months apart would give more. The days are those
//! over which the model of Rs summed, 360 where each month has 30; a model of years uses those of the calendar.
//!
//! Source: none that we know; in wide use with these numbers. **Not checked against a paper.**
//! GPU twin: `shaders/kernels/heterotrophic/power.wgsl`.

use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rh_port::RH;
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::settings::{Months, PowerUnit, Settings};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct PowerParams {
        /// `factor`, in the unit of the law.
        factor: f32,
        /// `exponent`.
        exponent: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Power {
    factor: f64,
    exponent: f64,
    unit: PowerUnit,
    months: Months,
}

impl Model for Power {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "power",
        recorded_as: "power",
        title: "heterotrophic respiration, power law",
        coefficients: &[
            Coefficient::new("factor", "gC m-2 d-1", 0.6163, Constraint::NotBeNegative),
            Coefficient::new("exponent", "1", 0.7918, Constraint::BeFinite),
        ],
        source: "0.6163 Rs^0.7918, common in papers on China; source and unit unverified",
        provenance: Provenance::OfUnknownSource,
        valid: &[],
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [factor, exponent] = row.values(stated)?;
        Ok(Self {
            factor,
            exponent,
            unit: settings.power_unit,
            months: settings.months(),
        })
    }
}

impl Twin for Power {
    const SPEC: KernelSpec = KernelSpec {
        name: "power",
        title: Self::ROWS[0].title,
        missing: "where Rs is missing",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/heterotrophic/power.wgsl"),
        libs: &[include_str!("../../../shaders/lib/exponential.wgsl")],
        params: PowerParams::FIELDS,
        ports: fluxes::rh_port::NAMES,
        tolerance: "log to 5e-7, quotient to 2.5 ULP, exponential to 2e-7, three products: 1e-6, \
            doubled",
        canary: ("params.exponent * log(", "params.exponent * 1.0001 * log("),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::rs_of_years()
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rh(Tolerance::relative(2e-6))
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [factor, exponent] = [self.factor as f32, self.exponent as f32];
        bytemuck::bytes_of(&PowerParams {
            factor,
            exponent,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        match self.unit {
            PowerUnit::GramsADay => self.months.days_of_years(),
            PowerUnit::KilogramsAYear => vec![1000.0; self.months.years.count()],
        }
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [factor, exponent] = [self.factor, self.exponent].map(R::of);
        let zero = R::of(0.0);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            let one = pixel.table(step);
            let is_positive = rs.value.gt(zero);
            let rate = R::select(is_positive, rs.value / one, R::of(1.0));
            let rh = factor * (exponent * rate.ln()).exp() * one;
            pixel.put(
                RH,
                step,
                R::select(is_positive, rh.min(rs.value), zero),
                rs.valid,
            );
        }
    }
}
