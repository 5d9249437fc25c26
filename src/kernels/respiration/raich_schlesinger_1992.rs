//! Soil respiration from the climate of a year (Raich & Schlesinger 1992).
//!
//! ```text
//! Rs = a·T + b·T·P + c,  0 <= Rs          gC m-2 yr-1
//! ```
//!
//! | symbol | meaning                                    | unit                      | quoted  |
//! |--------|--------------------------------------------|---------------------------|---------|
//! | `T`    | mean annual air temperature                | degC                      | input 0 |
//! | `P`    | annual precipitation, below 0 taken as 0   | mm yr-1                   | input 1 |
//! | `a`    | rise with temperature without rain         | gC m-2 yr-1 degC-1        | 9.26    |
//! | `b`    | rise of that with precipitation            | gC m-2 degC-1 mm-1        | 0.0127  |
//! | `c`    | flux at 0 degC                             | gC m-2 yr-1               | 289     |
//!
//! The model is one of years: it reads the annual mean and the annual sum. It is linear, so cold years could give a
//! flux below 0; there it is 0. Valid for T -30..35 degC.
//!
//! The quoted values are in circulation. **Nobody here could check them against the paper**, so they are no defaults: a
//! study states its own. A public code attributes another equation to the same paper, `Rs = 0.391 P + 155`.
//!
//! Source: Raich & Schlesinger (1992), Tellus B 44, 81-99.
//! GPU twin: `shaders/kernels/respiration/raich_schlesinger_1992.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance, T,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rs_port::RS;
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::settings::Settings;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct RaichSchlesinger1992Params {
        /// `a`, gC m-2 yr-1 degC-1.
        a: f32,
        /// `b`, gC m-2 degC-1 mm-1.
        b: f32,
        /// `c`, gC m-2 yr-1.
        c: f32,
        _pad0: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct RaichSchlesinger1992 {
    /// `a`, `b`, `c` in this order.
    coefficients: [f64; 3],
}

impl Model for RaichSchlesinger1992 {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "raich-schlesinger-1992",
        recorded_as: "raich_schlesinger_1992",
        title: "soil respiration, Raich & Schlesinger 1992",
        coefficients: &[
            Coefficient::new("a", "gC m-2 yr-1 degC-1", 9.26, Constraint::BeFinite),
            Coefficient::new("b", "gC m-2 degC-1 mm-1", 0.0127, Constraint::BeFinite),
            Coefficient::new("c", "gC m-2 yr-1", 289.0, Constraint::BeFinite),
        ],
        source: "Raich & Schlesinger (1992), Tellus B 44, 81-99",
        provenance: Provenance::Unchecked,
        valid: T,
        caution: Some(
            "a public code attributes another equation to the paper, Rs = 0.391 P + 155; see \
             which one you mean",
        ),
    }];

    fn of_row(
        row: &'static ModelInfo,
        _settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        Ok(Self {
            coefficients: row.values(stated)?,
        })
    }
}

impl Twin for RaichSchlesinger1992 {
    const SPEC: KernelSpec = KernelSpec {
        name: "raich_schlesinger_1992",
        title: Self::ROWS[0].title,
        missing: "a year without mean temperature or precipitation",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/respiration/raich_schlesinger_1992.wgsl"),
        libs: &[],
        params: RaichSchlesinger1992Params::FIELDS,
        ports: fluxes::rs_port::NAMES,
        tolerance: "five roundings of 6e-8 relative to the largest term: 5e-7, quadrupled",
        canary: (
            "params.b * t.value * p_mm",
            "params.b * 1.0001 * t.value * p_mm",
        ),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::climate(Steps::Annual)
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rs()
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [a, b, c] = self.coefficients.map(|x| x as f32);
        bytemuck::bytes_of(&RaichSchlesinger1992Params { a, b, c, _pad0: 0 }).to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [a, b, c] = self.coefficients.map(R::of);
        let zero = R::of(0.0);
        for y in 0..pixel.n_steps(0) {
            let t = pixel.sample(0, y);
            let p = pixel.sample(1, y);
            let p_mm = p.value.max(zero);
            let rs = a * t.value + b * t.value * p_mm + c;
            pixel.put(RS, y, rs.max(zero), t.valid & p.valid);
        }
    }

    /// Below 0 degC the terms cancel, so the flux is as good as the largest of them.
    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        let [a, b, c] = self.coefficients;
        let [t, p] = [0, 1].map(|slot| pixel.sample(slot, step).value);
        (a * t).abs() + (b * t * p).abs() + c.abs()
    }
}
