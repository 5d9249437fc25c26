//! Soil respiration by the temperature response of Lloyd & Taylor (1994), their equation 11.
//!
//! ```text
//! Rs = R10 · exp(E0 · (1 / (10 − T0) − 1 / (T − T0))),  0 below −40 degC          gC m-2 d-1
//! ```
//!
//! with monthly means; the annual total is the sum of rate times days. The difference of the two fractions
//! is computed as `(T − 10) / ((10 − T0) (T − T0))`, which does not cancel.
//!
//! | symbol | meaning                              | unit        | default |
//! |--------|--------------------------------------|-------------|---------|
//! | `T`    | monthly mean air temperature         | degC        | input 0 |
//! | `R10`  | rate at 10 degC                      | gC m-2 d-1  | 2, a placeholder |
//! | `E0`   | steepness                            | K           | 308.56  |
//! | `T0`   | temperature at which all rests       | degC        | -46.02  |
//!
//! The source gives a response and no rate: **`R10` belongs to a site or a region, state your own**. Water does not
//! enter. Valid for T -30..35 degC.
//!
//! Source: Lloyd & Taylor (1994), Funct. Ecol. 8, 315-323.
//! GPU twin: `shaders/kernels/respiration/lloyd_taylor.wgsl`.

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
    pub struct LloydTaylorParams {
        /// `R10`, gC m-2 d-1.
        r10: f32,
        /// `E0 / (10 − T0)`.
        steepness: f32,
        /// `−T0`, degC.
        minus_t0: f32,
        /// Months that a year needs.
        min_months: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct LloydTaylor {
    /// `R10`, `E0`, `T0` in this order.
    coefficients: [f64; 3],
    months: Months,
}

impl LloydTaylor {
    /// What is known of it.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "lloyd-taylor",
        coefficients: &[
            Coefficient::new("R10", "gC m-2 d-1", 2.0, Constraint::BeFinite),
            Coefficient::new("E0", "K", 308.56, Constraint::BeFinite),
            Coefficient::new("T0", "degC", -46.02, Constraint::BeBelowMinus40),
        ],
        source: LloydTaylor::SPEC.source,
        trust: Provenance::Placeholder(&["R10"]),
        valid: T,
        caution: None,
    };

    /// The published coefficients, replaced by `overrides` where named.
    ///
    /// # Errors
    ///
    /// A name that is none of the three, or `T0` that is not below -40.
    pub fn new(months: Months, overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: Self::MODEL.values(overrides)?,
            months,
        })
    }

    /// `R10`, `E0 / (10 − T0)` and `−T0`.
    fn terms(&self) -> [f64; 3] {
        let [r10, e0, t0] = self.coefficients;
        [r10, e0 / (10.0 - t0), -t0]
    }
}

impl Twin for LloydTaylor {
    const SPEC: KernelSpec = KernelSpec {
        name: "lloyd_taylor",
        title: "soil respiration, Lloyd & Taylor 1994",
        missing: "a year with fewer than min_months valid months",
        source: "Lloyd & Taylor (1994), Funct. Ecol. 8, 315-323",
        wgsl: include_str!("../../../shaders/kernels/respiration/lloyd_taylor.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: LloydTaylorParams::FIELDS,
        ports: &["rs"],
        tolerance: "argument x of the exponential to 5e-7 of itself, twelve additions: 1e-6 (1 + largest |x|), doubled",
        canary: (
            "params.steepness * (t.value",
            "params.steepness * 1.0001 * (t.value",
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
        let [r10, steepness, minus_t0] = self.terms().map(|x| x as f32);
        let min_months = self.months.min_months;
        bytemuck::bytes_of(&LloydTaylorParams {
            r10,
            steepness,
            minus_t0,
            min_months,
        })
        .to_vec()
    }

    fn tables(&self) -> Vec<f64> {
        self.months.table()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [r10, steepness, minus_t0] = self.terms().map(R::of);
        let [zero, ten, one] = [0.0, 10.0, 1.0].map(R::of);
        let n_years = pixel.n_steps(0) / 12;
        for y in 0..n_years {
            let mut year = Year::new();
            for month in 0..12 {
                let step = 12 * y + month;
                let t = pixel.sample(0, step);
                let is_alive = t.value.ge(R::of(-40.0));
                let x = steepness * (t.value - ten) / R::select(is_alive, t.value + minus_t0, one);
                let rate = R::select(is_alive, r10 * x.exp(), zero);
                let days = pixel.table(step);
                year = year.add(rate * days, days, t.valid);
            }
            let is_enough = year.n_valid().ge(R::of(f64::from(self.months.min_months)));
            pixel.put(0, y, year.total(), is_enough);
        }
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        let [_, steepness, minus_t0] = self.terms();
        let months = (12 * step..12 * (step + 1)).map(|month| pixel.sample(0, month));
        let alive = months.filter(|t| t.valid && t.value >= -40.0);
        let largest = alive
            .map(|t| (steepness * (t.value - 10.0) / (t.value + minus_t0)).abs())
            .fold(0.0, f64::max);
        reference.abs() * (1.0 + largest)
    }
}
