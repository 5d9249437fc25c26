//! Soil respiration from temperature and the rain of two months (Hashimoto et al. 2015).
//!
//! ```text
//! Pe = a P + (1 − a) P of the month before
//! Rs = F · exp(b T − c T²) · Pe / (K + Pe)          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days.
//!
//! | symbol | meaning                                   | unit               | default  |
//! |--------|-------------------------------------------|--------------------|----------|
//! | `T`    | monthly mean air temperature              | degC               | input 0  |
//! | `P`    | monthly precipitation, below 0 taken as 0 | cm (input in mm)   | input 1  |
//! | `F`    | flux at 0 degC without water limit        | gC m-2 d-1         | 1.68     |
//! | `b`    | temperature sensitivity                   | degC-1             | 0.0528   |
//! | `c`    | its fall with temperature                 | degC-2             | 0.000628 |
//! | `K`    | half-saturation precipitation             | cm                 | 1.20     |
//! | `a`    | weight of the month itself                | -                  | 0.98     |
//!
//! Before a January stands the December of the year before; before the first, which has none, the December of
//! its own year. A month whose month before is missing is missing. Valid for T -30..35 degC, P 0..100 cm; the
//! exponent has its maximum at 42.0 degC. The coefficients are from memory: **not verified against the paper**.
//!
//! Source: Hashimoto et al. (2015), Biogeosciences 12, 4121-4132.
//! GPU twin: `shaders/kernels/respiration/hashimoto_2015.wgsl`.

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
    pub struct Hashimoto2015Params {
        /// `F`, gC m-2 d-1.
        f: f32,
        /// `b`, degC-1.
        b: f32,
        /// `c`, degC-2.
        c: f32,
        /// `K`, cm.
        k_cm: f32,
        /// `a`.
        a: f32,
        /// Months that a year needs.
        min_months: u32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Hashimoto2015 {
    /// `F`, `b`, `c`, `K`, `a` in this order.
    coefficients: [f64; 5],
    months: Months,
}

impl Hashimoto2015 {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "hashimoto-2015",
        coefficients: &[
            Coefficient::new("F", "gC m-2 d-1", 1.68, Constraint::BeFinite),
            Coefficient::new("b", "degC-1", 0.0528, Constraint::BeFinite),
            Coefficient::new("c", "degC-2", 0.000_628, Constraint::BeFinite),
            Coefficient::new("K", "cm", 1.2, Constraint::BePositive),
            Coefficient::new("a", "1", 0.98, Constraint::BeAShare),
        ],
        source: Hashimoto2015::SPEC.source,
        trust: Provenance::NotVerified,
        valid: T_P,
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the five, `K` that is not positive, or `a` outside 0..1.
    pub fn new(months: Months, overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: Self::MODEL.values(overrides)?,
            months,
        })
    }
}

impl Twin for Hashimoto2015 {
    const SPEC: KernelSpec = KernelSpec {
        name: "hashimoto_2015",
        title: "soil respiration, Hashimoto et al. 2015",
        missing: "a year with fewer than min_months valid months",
        source: "Hashimoto et al. (2015), Biogeosciences 12, 4121-4132",
        wgsl: include_str!("../../../shaders/kernels/respiration/hashimoto_2015.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: Hashimoto2015Params::FIELDS,
        ports: &["rs"],
        tolerance: "exponential to 3e-7, quotient to 2.5 ULP, twelve additions: 1e-6, doubled",
        canary: (
            "(1.0 - params.a) * max(before",
            "(1.001 - params.a) * max(before",
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
        let [f, b, c, k_cm, a] = self.coefficients.map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&Hashimoto2015Params {
            f,
            b,
            c,
            k_cm,
            a,
            min_months,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [f, b, c, k_cm, a] = self.coefficients.map(R::of);
        let [zero, tenth, one] = [0.0, 0.1, 1.0].map(R::of);
        // Before the first January stands the December of the same year.
        let mut before = pixel.sample(1, 11);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 0..12 {
                let step = 12 * y + month;
                let t = pixel.sample(0, step);
                let p = pixel.sample(1, step);
                let p_cm = (a * p.value.max(zero) + (one - a) * before.value.max(zero)) * tenth;
                let f_t = (t.value * (b - c * t.value)).exp();
                let rate = f * f_t * p_cm / (k_cm + p_cm);
                let days = pixel.table(step);
                year = year.add(rate * days, days, t.valid & p.valid & before.valid);
                before = p;
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), is_enough);
        }
    }
}
