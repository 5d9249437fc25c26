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
//! | `R10`  | rate at 10 degC                      | gC m-2 d-1  | none    |
//! | `E0`   | steepness                            | K           | 308.56  |
//! | `T0`   | temperature at which all rests       | degC        | -46.02  |
//!
//! The source gives a response and no rate: **`R10` belongs to a site or a region, and a study states it**. Water
//! does not enter. Valid for T -30..35 degC.
//!
//! Source: Lloyd & Taylor (1994), Funct. Ecol. 8, 315-323.
//! GPU twin: `shaders/kernels/respiration/lloyd_taylor.wgsl`.

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
    /// `R10`, `E0 / (10 − T0)` and `−T0`.
    terms: [f64; 3],
    months: Months,
}

impl Model for LloydTaylor {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "lloyd-taylor",
        recorded_as: "lloyd_taylor",
        title: "soil respiration, Lloyd & Taylor 1994",
        coefficients: &[
            Coefficient::new("R10", "gC m-2 d-1", 2.0, Constraint::BeFinite),
            Coefficient::new("E0", "K", 308.56, Constraint::BeFinite),
            Coefficient::new("T0", "degC", -46.02, Constraint::BeBelowMinus40),
        ],
        source: "Lloyd & Taylor (1994), Funct. Ecol. 8, 315-323",
        provenance: Provenance::OfASite(&["R10"]),
        valid: T,
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [r10, e0, t0] = row.values(stated)?;
        Ok(Self {
            terms: [r10, e0 / (10.0 - t0), -t0],
            months: settings.months(),
        })
    }
}

impl Monthly for LloydTaylor {
    #[inline(always)]
    fn amount<R: Real>(
        &self,
        pixel: &Pixel<'_, '_, R>,
        step: usize,
        _of_pixel: Sample<R>,
        days: R,
    ) -> Sample<R> {
        let [r10, steepness, minus_t0] = constants(self.terms);
        let [zero, ten, one, coldest] = constants([0.0, 10.0, 1.0, -40.0]);
        let t = pixel.sample(0, step);
        let is_alive = t.value.ge(coldest);
        let x = steepness * (t.value - ten) / R::select(is_alive, t.value + minus_t0, one);
        let rate = R::select(is_alive, r10 * x.exp(), zero);
        Sample {
            value: rate * days,
            valid: t.valid,
        }
    }
}

impl Twin for LloydTaylor {
    const SPEC: KernelSpec = KernelSpec {
        name: "lloyd_taylor",
        title: Self::ROWS[0].title,
        missing: "a year with fewer than min_months valid months",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/lloyd_taylor.wgsl"),
        libs: &[
            include_str!("../../../shaders/lib/annual.wgsl"),
            include_str!("../../../shaders/lib/monthly.wgsl"),
            include_str!("../../../shaders/lib/exponential.wgsl"),
        ],
        params: LloydTaylorParams::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "argument x of the exponential to 5e-7 of itself, twelve additions: 1e-6 (1 + \
            largest |x|), doubled",
        canary: (
            "params.steepness * (t.value",
            "params.steepness * 1.0001 * (t.value",
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
        let [r10, steepness, minus_t0] = self.terms.map(|x| x as f32);
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

    fn is_by_year(&self) -> bool {
        true
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        put_years(self, pixel, RS, self.months.min_months);
    }

    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        reference: f64,
    ) -> f64 {
        let [_, steepness, minus_t0] = self.terms;
        let months = (12 * step..12 * (step + 1)).map(|month| pixel.sample(0, month));
        let alive = months.filter(|t| t.valid && t.value >= -40.0);
        let largest = alive
            .map(|t| (steepness * (t.value - 10.0) / (t.value + minus_t0)).abs())
            .fold(0.0, f64::max);
        reference.abs() * (1.0 + largest)
    }
}
