//! Heterotrophic respiration directly from monthly climate (Pei et al. 2009).
//!
//! ```text
//! Rh = c (exp(a T) + ln(b P + 1)) · days · carbon          gC m-2 month-1
//! ```
//!
//! | symbol   | meaning                                    | unit                 | default |
//! |----------|--------------------------------------------|----------------------|---------|
//! | `T`      | monthly mean air temperature               | degC                 | input 0 |
//! | `P`      | monthly precipitation, below 0 taken as 0  | mm month-1           | input 1 |
//! | `c`      | scale                                      | g m-2 d-1            | 0.22    |
//! | `a`      | temperature sensitivity                    | degC-1               | 0.0912  |
//! | `b`      | precipitation sensitivity                  | month mm-1           | 0.3145  |
//! | `days`   | days of a month, as the formula has it     | d                    | 30      |
//! | `carbon` | share of carbon                            | -                    | 0.465   |
//!
//! The whole sum is multiplied by `days` and `carbon`: a code that puts them on the logarithm alone gives a
//! twentieth. Two public codes have `a = 0.0913`, which changes Rh by 0.2 %. The formula is evaluated for each
//! month; annual temperature and rain in it would give 15 % more.
//!
//! It does not go through soil respiration, so it is not bounded by it. Calibrated on alpine steppe of Tibet:
//! elsewhere use it to test how sensitive a result is.
//!
//! Source: Pei et al. (2009), Acta Ecol. Sin. 29, as quoted in papers on China; the shape was seen in two public codes.
//! GPU twin: `shaders/kernels/heterotrophic/pei.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rh_port::RH;
use crate::kernels::lib::monthly::{Monthly, put_years};
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Sample;
use crate::kernels::real::{Real, constants};
use crate::kernels::settings::{Months, Settings};
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct PeiParams {
        /// `c · days · carbon`, gC m-2 month-1.
        c: f32,
        /// `a`, degC-1.
        a: f32,
        /// `b`, month mm-1.
        b: f32,
        /// Months that a year needs.
        min_months: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Pei {
    /// `c · days · carbon`, `a` and `b`.
    terms: [f64; 3],
    months: Months,
}

impl Model for Pei {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "pei",
        recorded_as: "pei",
        title: "heterotrophic respiration, Pei et al. 2009",
        coefficients: &[
            Coefficient::new("c", "g m-2 d-1", 0.22, Constraint::NotBeNegative),
            Coefficient::new("a", "degC-1", 0.0912, Constraint::BeFinite),
            Coefficient::new("b", "month mm-1", 0.3145, Constraint::NotBeNegative),
            Coefficient::new("days", "d", 30.0, Constraint::NotBeNegative),
            Coefficient::new("carbon", "1", 0.465, Constraint::NotBeNegative),
        ],
        source: "Pei et al. (2009), as quoted in papers on China",
        provenance: Provenance::InWideUse,
        valid: T_P,
        caution: Some(
            "it was calibrated on alpine steppe of Tibet; elsewhere take it as a run of \
             sensitivity",
        ),
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [c, a, b, days, carbon] = row.values(stated)?;
        Ok(Self {
            terms: [c * days * carbon, a, b],
            months: settings.months(),
        })
    }
}

impl Monthly for Pei {
    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        _of_pixel: Sample<R>,
        _days: R,
    ) -> Sample<R> {
        let [c, a, b]: [R; 3] = constants(self.terms);
        let [zero, one] = constants([0.0, 1.0]);
        let t = pixel.sample(0, step);
        let p = pixel.sample(1, step);
        Sample {
            value: c * ((a * t.value).exp() + (b * p.value.max(zero) + one).ln()),
            valid: t.valid & p.valid,
        }
    }
}

impl Twin for Pei {
    const SPEC: KernelSpec = KernelSpec {
        name: "pei",
        title: Self::ROWS[0].title,
        missing: "a year with fewer than min_months valid months",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/heterotrophic/pei.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: PeiParams::FIELDS,
        ports: fluxes::rh_port::NAMES,
        tolerance: "exponential to 3e-7, log to 3 ULP or 4.8e-7 absolute, twelve additions: \
            1e-6, doubled",
        canary: (
            "exponential(params.a * t.value)",
            "exponential(params.a * 1.001 * t.value)",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate(Steps::Monthly)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rh(Tolerance::Relative {
            relative: 2e-6,
            absolute: 4e-5,
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [c, a, b] = self.terms.map(|x| x as f32);
        bytemuck::bytes_of(&PeiParams {
            c,
            a,
            b,
            min_months: self.months.min_months,
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
        put_years(self, pixel, RH, self.months.min_months);
    }
}
