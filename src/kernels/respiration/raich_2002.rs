//! Soil respiration from temperature and precipitation (Raich, Potter & Bhagawati 2002).
//!
//! ```text
//! Rs = F · exp(Q·T) · P / (K + P)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol | meaning                                   | unit               | default |
//! |--------|-------------------------------------------|--------------------|---------|
//! | `T`    | monthly mean air temperature              | degC               | input 0 |
//! | `P`    | monthly precipitation, below 0 taken as 0 | cm (input in mm)   | input 1 |
//! | `F`    | flux at 0 degC without water limit        | gC m-2 d-1         | 1.250   |
//! | `Q`    | temperature sensitivity                   | degC-1             | 0.05452 |
//! | `K`    | half-saturation precipitation             | cm                 | 4.259   |
//!
//! Valid for T -30..35 degC, P 0..100 cm.
//!
//! Source: Raich, Potter & Bhagawati (2002), Glob. Change Biol. 8, 800-812.
//! GPU twin: `shaders/kernels/respiration/raich_2002.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T_P,
};
use crate::kernels::lib::annual::Year;
use crate::kernels::real::Real;

use super::{Months, RS_TOLERANCE};

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct Raich2002Params {
        /// `F`, gC m-2 d-1.
        f: f32,
        /// `Q`, degC-1.
        q: f32,
        /// `K`, cm.
        k_cm: f32,
        /// Months that a year needs.
        min_months: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Raich2002 {
    /// `F`, `Q`, `K` in this order.
    coefficients: [f64; 3],
    months: Months,
}

impl Raich2002 {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "raich-2002",
        coefficients: &[
            Coefficient::new("F", "gC m-2 d-1", 1.25, Constraint::BeFinite),
            Coefficient::new("Q", "degC-1", 0.05452, Constraint::BeFinite),
            Coefficient::new("K", "cm", 4.259, Constraint::BePositive),
        ],
        source: Raich2002::SPEC.source,
        trust: Provenance::Verified,
        valid: T_P,
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the three, or `K` that is not positive.
    pub fn new(months: Months, overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: Self::MODEL.values(overrides)?,
            months,
        })
    }
}

impl Twin for Raich2002 {
    const SPEC: KernelSpec = KernelSpec {
        name: "raich_2002",
        title: "soil respiration, Raich et al. 2002",
        missing: "a year with fewer than min_months valid months",
        source: "Raich, Potter & Bhagawati (2002), Glob. Change Biol. 8, 800-812",
        wgsl: include_str!("../../../shaders/kernels/respiration/raich_2002.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: Raich2002Params::FIELDS,
        ports: &["rs"],
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: (
            "exponential(params.q * t.value)",
            "exponential(params.q * 1.001 * t.value)",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![
            Port::input("temperature", Steps::Monthly),
            Port::input("precipitation", Steps::Monthly),
        ]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output("rs", Steps::Annual, RS_TOLERANCE)]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [f, q, k_cm] = self.coefficients.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&Raich2002Params {
            f,
            q,
            k_cm,
            min_months,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [f, q, k_cm] = self.coefficients.map(R::of);
        let [zero, tenth] = [0.0, 0.1].map(R::of);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 0..12 {
                let step = 12 * y + month;
                let t = pixel.sample(0, step);
                let p = pixel.sample(1, step);
                let p_cm = p.value.max(zero) * tenth;
                let rate = f * (q * t.value).exp() * p_cm / (k_cm + p_cm);
                let days = pixel.table(step);
                year = year.add(rate * days, days, t.valid & p.valid);
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), is_enough);
        }
    }
}
