//! Soil respiration that is exponential in temperature.
//!
//! ```text
//! Rs = Rref · Q10^((T − Tref) / 10)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol | meaning                              | unit        | default |
//! |--------|--------------------------------------|-------------|---------|
//! | `T`    | monthly mean air temperature         | degC        | input 0 |
//! | `Rref` | rate at `Tref`                       | gC m-2 d-1  | none    |
//! | `Q10`  | factor over 10 degC                  | -           | none    |
//! | `Tref` | reference temperature                | degC        | 10      |
//!
//! A definition, not a fit: **`Rref` and `Q10` belong to a site or a region, and a study states them**. Water does not
//! enter. Valid for T -30..35 degC.
//!
//! Source: definition; van 't Hoff (1898).
//! GPU twin: `shaders/kernels/respiration/q10.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rs_port::RS;
use crate::kernels::lib::monthly::{Monthly, put_years};
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Sample;
use crate::kernels::real::{Real, constants};
use crate::kernels::settings::{Months, Settings};
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct Q10Params {
        /// `Rref`, gC m-2 d-1.
        r_ref: f32,
        /// `ln Q10 / 10`, degC-1.
        steepness: f32,
        /// `Tref`, degC.
        t_ref: f32,
        /// Months that a year needs.
        min_months: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Q10 {
    /// `Rref`, `ln Q10 / 10` and `Tref`.
    terms: [f64; 3],
    months: Months,
}

impl Model for Q10 {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "q10",
        recorded_as: "q10",
        title: "soil respiration, Q10",
        coefficients: &[
            Coefficient::new("Rref", "gC m-2 d-1", 2.0, Constraint::BeFinite),
            Coefficient::new("Q10", "1", 2.0, Constraint::BePositive),
            Coefficient::new("Tref", "degC", 10.0, Constraint::BeFinite),
        ],
        source: "definition; van 't Hoff (1898)",
        provenance: Provenance::OfASite(&["Rref", "Q10"]),
        valid: T,
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [r_ref, q10, t_ref] = row.values(stated)?;
        Ok(Self {
            terms: [r_ref, q10.ln() / 10.0, t_ref],
            months: settings.months(),
        })
    }
}

impl Monthly for Q10 {
    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        _of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R> {
        let [r_ref, steepness, t_ref] = constants(self.terms);
        let t = pixel.sample(0, step);
        let rate = r_ref * (steepness * (t.value - t_ref)).exp();
        Sample {
            value: rate * days,
            valid: t.valid,
        }
    }
}

impl Twin for Q10 {
    const SPEC: KernelSpec = KernelSpec {
        name: "q10",
        title: Self::ROWS[0].title,
        missing: "a year with fewer than min_months valid months",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/q10.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: Q10Params::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "exponential to 3e-7, its argument to 2e-7, twelve additions: 1e-6, doubled",
        canary: (
            "exponential(params.steepness * (",
            "exponential(params.steepness * 1.001 * (",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("temperature", Steps::Monthly)]
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [r_ref, steepness, t_ref] = self.terms.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&Q10Params {
            r_ref,
            steepness,
            t_ref,
            min_months,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        put_years(self, pixel, RS, self.months.min_months);
    }
}
