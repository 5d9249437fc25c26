//! Soil respiration by the geostatistical model GSMSR (Yu et al. 2010).
//!
//! ```text
//! Rs = (R0 + M·Ds) · exp(T/10 · (ln α + β·T)) · (P + P0) / (P + K)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol  | meaning                                 | unit                        | default |
//! |---------|-----------------------------------------|-----------------------------|---------|
//! | `T`     | monthly mean air temperature            | degC                        | input 0 |
//! | `P`     | monthly precipitation, below 0 taken as 0 | cm (input in mm)          | input 1 |
//! | `Ds`    | soil organic carbon 0-20 cm, below 0 taken as 0 | kgC m-2             | input 2 |
//! | `R0`    | flux at Ds = 0                          | gC m-2 d-1                  | 0.588   |
//! | `M`     | sensitivity to soil carbon              | gC m-2 d-1 per kgC m-2      | 0.118   |
//! | `alpha` | Q10 at 0 degC                           | -                           | 1.83    |
//! | `beta`  | fall of ln Q10 with temperature         | degC-1                      | -0.006  |
//! | `P0`    | precipitation offset                    | cm                          | 2.972   |
//! | `K`     | half-saturation precipitation           | cm                          | 5.657   |
//!
//! The denominator is `P + K` as the equation is quoted, or `K + P + P0` as in the family it comes
//! from; the study says which. Valid for T -30..35 degC, P 0..100 cm, Ds 0..30 kgC m-2; monotone in
//! T below 50.4 degC. The coefficients are in wide use; the page of the paper with the equation could not be read.
//!
//! Source: Yu et al. (2010), Environ. Sci. Technol. 44, 6074-6080, doi 10.1021/es100979s.
//! GPU twin: `shaders/kernels/respiration/gsmsr.wgsl`.

use crate::calendar::{Steps, Years};
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P_SOC,
};
use crate::kernels::lib::annual::Year;
use crate::kernels::real::{Real, constants};

use super::{DaysOfMonth, Denominator, Months, RS_TOLERANCE};

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct GsmsrParams {
        /// `R0`, gC m-2 d-1.
        r0: f32,
        /// `M`, gC m-2 d-1 per kgC m-2.
        m: f32,
        /// `ln alpha`.
        ln_alpha: f32,
        /// `beta`, degC-1.
        beta: f32,
        /// `P0`, cm.
        p0_cm: f32,
        /// `K`, or `K + P0` with the other denominator, cm.
        k_cm: f32,
        /// Months that a year needs.
        min_months: u32,
        _pad0: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Gsmsr {
    /// `R0`, `M`, `ln alpha`, `beta`, `P0` and the constant of the denominator.
    terms: [f64; 6],
    months: Months,
}

impl Gsmsr {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "gsmsr",
        coefficients: &[
            Coefficient::new("R0", "gC m-2 d-1", 0.588, Constraint::BeFinite),
            Coefficient::new("M", "gC m-2 d-1 per kgC m-2", 0.118, Constraint::BeFinite),
            Coefficient::new("alpha", "1", 1.83, Constraint::BePositive),
            Coefficient::new("beta", "degC-1", -0.006, Constraint::BeFinite),
            Coefficient::new("P0", "cm", 2.972, Constraint::BeFinite),
            Coefficient::new("K", "cm", 5.657, Constraint::BePositive),
        ],
        source: Gsmsr::SPEC.source,
        trust: Provenance::InWideUse,
        valid: T_P_SOC,
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named, and days of the calendar.
    ///
    /// # Errors
    ///
    /// A name that is none of the six, `alpha` that is not positive, or a denominator that can
    /// become 0 because `K` is not positive.
    pub fn new(
        years: Years,
        min_months: u32,
        denominator: Denominator,
        overrides: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let months = Months {
            years,
            min_months,
            days: DaysOfMonth::Calendar,
        };
        let [r0, m, alpha, beta, p0, k] = Self::MODEL.values(overrides)?;
        let k = match denominator {
            Denominator::PPlusK => k,
            Denominator::KPlusPPlusP0 => k + p0,
        };
        Ok(Self {
            terms: [r0, m, alpha.ln(), beta, p0, k],
            months,
        })
    }

    /// The same with other days of a month.
    #[must_use]
    pub fn with_days(self, days: DaysOfMonth) -> Self {
        Self {
            months: Months {
                days,
                ..self.months
            },
            ..self
        }
    }
}

impl Twin for Gsmsr {
    const SPEC: KernelSpec = KernelSpec {
        name: "gsmsr",
        title: "soil respiration, GSMSR",
        missing: "a year with fewer than min_months valid months, or no soil carbon",
        source: "Yu et al. (2010), Environ. Sci. Technol. 44, 6074-6080",
        wgsl: include_str!("../../../shaders/kernels/respiration/gsmsr.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: GsmsrParams::FIELDS,
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: ("0.1 * t.value * (", "0.1001 * t.value * ("),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("temperature", Steps::Monthly),
            Port::input("precipitation", Steps::Monthly),
            Port::input("soc", Steps::Static),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output("rs", Steps::Annual, RS_TOLERANCE)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [r0, m, ln_alpha, beta, p0_cm, k_cm] = self.terms.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&GsmsrParams {
            r0,
            m,
            ln_alpha,
            beta,
            p0_cm,
            k_cm,
            min_months,
            _pad0: 0,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [r0, m, ln_alpha, beta, p0_cm, k_cm] = constants(self.terms);
        let [zero, tenth] = constants([0.0, 0.1]);
        let soc = pixel.sample(2, 0);
        let base = r0 + m * soc.value.max(zero);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 12 * y..12 * (y + 1) {
                let t = pixel.sample(0, month);
                let p = pixel.sample(1, month);
                let p_cm = p.value.max(zero) * tenth;
                let f_t = (tenth * t.value * (ln_alpha + beta * t.value)).exp();
                let f_p = (p_cm + p0_cm) / (p_cm + k_cm);
                let days = pixel.table(month);
                year = year.add(base * f_t * f_p * days, days, t.valid & p.valid);
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), soc.valid & is_enough);
        }
    }
}
