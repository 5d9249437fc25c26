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
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P_SOC,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rs_port::RS;
use crate::kernels::lib::monthly::{Monthly, put_years};
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Sample;
use crate::kernels::real::{Real, constants};
use crate::kernels::settings::{DaysOfMonth, Denominator, Months, Settings};
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

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

impl Model for Gsmsr {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "gsmsr",
        recorded_as: "gsmsr",
        title: "soil respiration, GSMSR",
        coefficients: &[
            Coefficient::new("R0", "gC m-2 d-1", 0.588, Constraint::BeFinite),
            Coefficient::new("M", "gC m-2 d-1 per kgC m-2", 0.118, Constraint::BeFinite),
            Coefficient::new("alpha", "1", 1.83, Constraint::BePositive),
            Coefficient::new("beta", "degC-1", -0.006, Constraint::BeFinite),
            Coefficient::new("P0", "cm", 2.972, Constraint::BeFinite),
            Coefficient::new("K", "cm", 5.657, Constraint::BePositive),
        ],
        source: "Yu et al. (2010), Environ. Sci. Technol. 44, 6074-6080",
        provenance: Provenance::InWideUse,
        valid: T_P_SOC,
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [r0, m, alpha, beta, p0, k] = row.values(stated)?;
        let k = match settings.denominator {
            Denominator::PPlusK => k,
            Denominator::KPlusPPlusP0 => k + p0,
        };
        Ok(Self {
            terms: [r0, m, alpha.ln(), beta, p0, k],
            months: settings.months(),
        })
    }
}

impl Gsmsr {
    /// The published coefficients, replaced by `stated` where named, and days of the calendar.
    ///
    /// # Errors
    ///
    /// A name that is none of the six, `alpha` that is not positive, or a denominator that can
    /// become 0 because `K` is not positive.
    pub fn new(
        years: Years,
        min_months: u32,
        denominator: Denominator,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let settings = Settings {
            min_months,
            denominator,
            ..Settings::new(years)
        };
        Self::of_row(&Self::ROWS[0], &settings, stated)
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

impl Monthly for Gsmsr {
    #[inline(always)]
    fn of_pixel<R: Real>(&self, pixel: &Pixel<'_, '_, R>) -> Sample<R> {
        let [r0, m, ..]: [R; 6] = constants(self.terms);
        let soc = pixel.sample(2, 0);
        Sample {
            value: r0 + m * soc.value.max(R::of(0.0)),
            valid: soc.valid,
        }
    }

    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R> {
        let [_, _, ln_alpha, beta, p0_cm, k_cm]: [R; 6] = constants(self.terms);
        let [zero, tenth] = constants([0.0, 0.1]);
        let t = pixel.sample(0, step);
        let p = pixel.sample(1, step);
        let p_cm = p.value.max(zero) * tenth;
        let f_t = (tenth * t.value * (ln_alpha + beta * t.value)).exp();
        let f_p = (p_cm + p0_cm) / (p_cm + k_cm);
        Sample {
            value: of_pixel.value * f_t * f_p * days,
            valid: of_pixel.valid & t.valid & p.valid,
        }
    }
}

impl Twin for Gsmsr {
    const SPEC: KernelSpec = KernelSpec {
        name: "gsmsr",
        title: Self::ROWS[0].title,
        missing: "a year with fewer than min_months valid months, or no soil carbon",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/gsmsr.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: GsmsrParams::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: ("0.1 * t.value * (", "0.1001 * t.value * ("),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate_and_carbon(Steps::Monthly)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
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

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        put_years(self, pixel, RS, self.months.min_months);
    }
}
