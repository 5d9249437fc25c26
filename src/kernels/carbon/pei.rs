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
//! elsewhere a run of sensitivity.
//!
//! Source: Pei et al. (2009), Acta Ecol. Sin. 29, as quoted in papers on China; the shape was seen in two public codes.
//! GPU twin: `shaders/kernels/carbon/pei.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P,
};
use crate::kernels::lib::annual::Year;
use crate::kernels::real::Real;
use crate::kernels::respiration::Months;
use crate::kernels::tolerance::Tolerance;

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

/// The formula with its coefficients.
#[derive(Clone, Debug)]
pub struct Pei {
    /// `c`, `a`, `b`, `days`, `carbon` in this order.
    coefficients: [f64; 5],
    months: Months,
}

impl Pei {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "pei",
        coefficients: &[
            Coefficient::new("c", "g m-2 d-1", 0.22, Constraint::NotBeNegative),
            Coefficient::new("a", "degC-1", 0.0912, Constraint::BeFinite),
            Coefficient::new("b", "month mm-1", 0.3145, Constraint::NotBeNegative),
            Coefficient::new("days", "d", 30.0, Constraint::NotBeNegative),
            Coefficient::new("carbon", "1", 0.465, Constraint::NotBeNegative),
        ],
        source: Pei::SPEC.source,
        trust: Provenance::InWideUse,
        valid: T_P,
        caution: Some(
            "it was calibrated on alpine steppe of Tibet; elsewhere take it as a run of sensitivity",
        ),
    };

    /// The usual coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the five, or an amount below 0.
    pub fn new(months: Months, overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: Self::MODEL.values(overrides)?,
            months,
        })
    }

    /// `c · days · carbon`, `a` and `b`.
    fn terms(&self) -> [f64; 3] {
        let [c, a, b, days, carbon] = self.coefficients;
        [c * days * carbon, a, b]
    }
}

impl Twin for Pei {
    const SPEC: KernelSpec = KernelSpec {
        name: "pei",
        title: "heterotrophic respiration, Pei et al. 2009",
        missing: "a year with fewer than min_months valid months",
        source: "Pei et al. (2009), as quoted in papers on China",
        wgsl: include_str!("../../../shaders/kernels/carbon/pei.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: PeiParams::FIELDS,
        ports: &["rh"],
        tolerance: "exponential to 3e-7, log to 3 ULP or 4.8e-7 absolute, twelve additions: 1e-6, doubled",
        canary: (
            "exponential(params.a * t.value)",
            "exponential(params.a * 1.001 * t.value)",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("temperature", Steps::Monthly),
            Port::input("precipitation", Steps::Monthly),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output(
            "rh",
            Steps::Annual,
            Tolerance::Relative {
                relative: 2e-6,
                absolute: 4e-5,
            },
        )]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [c, a, b] = self.terms().map(|x| x as f32);
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

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [c, a, b] = self.terms().map(R::of);
        let [zero, one] = [0.0, 1.0].map(R::of);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 0..12 {
                let step = 12 * y + month;
                let t = pixel.sample(0, step);
                let p = pixel.sample(1, step);
                let rh = c * ((a * t.value).exp() + (b * p.value.max(zero) + one).ln());
                year = year.add(rh, pixel.table(step), t.valid & p.valid);
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), is_enough);
        }
    }
}
