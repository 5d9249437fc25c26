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
//! | `Rref` | rate at `Tref`                       | gC m-2 d-1  | 2, a placeholder |
//! | `Q10`  | factor over 10 degC                  | -           | 2, a placeholder |
//! | `Tref` | reference temperature                | degC        | 10      |
//!
//! A definition, not a fit: **`Rref` and `Q10` belong to a site or a region, state your own**. Water does not enter.
//! Valid for T -30..35 degC.
//!
//! Source: definition; van 't Hoff (1898).
//! GPU twin: `shaders/kernels/respiration/q10.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T,
};
use crate::kernels::lib::annual::Year;
use crate::kernels::real::Real;

use super::{Months, RS_TOLERANCE};

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
    /// `Rref`, `Q10`, `Tref` in this order.
    coefficients: [f64; 3],
    months: Months,
}

impl Q10 {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "q10",
        coefficients: &[
            Coefficient::new("Rref", "gC m-2 d-1", 2.0, Constraint::BeFinite),
            Coefficient::new("Q10", "1", 2.0, Constraint::BePositive),
            Coefficient::new("Tref", "degC", 10.0, Constraint::BeFinite),
        ],
        source: Q10::SPEC.source,
        trust: Provenance::Placeholder(&["Rref", "Q10"]),
        valid: T,
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the three, or `Q10` that is not positive.
    pub fn new(months: Months, overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: Self::MODEL.values(overrides)?,
            months,
        })
    }

    /// `Rref`, `ln Q10 / 10` and `Tref`.
    fn terms(&self) -> [f64; 3] {
        let [r_ref, q10, t_ref] = self.coefficients;
        [r_ref, q10.ln() / 10.0, t_ref]
    }
}

impl Twin for Q10 {
    const SPEC: KernelSpec = KernelSpec {
        name: "q10",
        title: "soil respiration, Q10",
        missing: "a year with fewer than min_months valid months",
        source: "definition; van 't Hoff (1898)",
        wgsl: include_str!("../../../shaders/kernels/respiration/q10.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: Q10Params::FIELDS,
        ports: &["rs"],
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
        vec![Port::output("rs", Steps::Annual, RS_TOLERANCE)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [r_ref, steepness, t_ref] = self.terms().map(|x| x as f32);
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

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [r_ref, steepness, t_ref] = self.terms().map(R::of);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 0..12 {
                let step = 12 * y + month;
                let t = pixel.sample(0, step);
                let rate = r_ref * (steepness * (t.value - t_ref)).exp();
                let days = pixel.table(step);
                year = year.add(rate * days, days, t.valid);
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), is_enough);
        }
    }
}
