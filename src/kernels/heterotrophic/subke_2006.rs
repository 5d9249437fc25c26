//! Heterotrophic respiration by the share of Subke, Inglima & Cotrufo (2006).
//!
//! ```text
//! Rh / Rs = intercept - slope ln Rs,  0 <= Rh <= Rs          annual, gC m-2 yr-1
//! ```
//!
//! computed as `at_500 - slope ln(Rs / 500)`: with a logarithm near 0 a shader keeps a digit more.
//!
//! | symbol      | meaning                        | unit              | default |
//! |-------------|--------------------------------|-------------------|---------|
//! | `Rs`        | annual soil respiration        | gC m-2 yr-1       | input 0 |
//! | `intercept` | Rh / Rs at Rs = 1              | -                 | 1.482   |
//! | `slope`     | fall of Rh / Rs with ln Rs, >0 | -                 | 0.138   |
//!
//! Rh would pass Rs below Rs = 32.9; there it is Rs. It is a model of annual sums and reads nothing else.
//!
//! Source: Subke, Inglima & Cotrufo (2006), Glob. Change Biol. 12, 921-943.
//! GPU twin: `shaders/kernels/heterotrophic/subke_2006.wgsl`.

use crate::gpu_params;
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance,
};
use crate::kernels::fluxes;
use crate::kernels::fluxes::rh_port::RH;
use crate::kernels::model::Model;
use crate::kernels::port::Port;
use crate::kernels::real::Real;
use crate::kernels::settings::Settings;
use crate::kernels::tolerance::Tolerance;
use crate::kernels::twin::{KernelSpec, Twin};
use crate::kernels::views::Pixel;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct Subke2006Params {
        /// Rh / Rs at Rs = 500 gC m-2 yr-1.
        at_500: f32,
        /// `slope`.
        slope: f32,
        _pad0: u32,
        _pad1: u32,
    }
}

/// The model with its coefficients.
#[derive(Clone, Debug)]
pub struct Subke2006 {
    intercept: f64,
    slope: f64,
}

impl Model for Subke2006 {
    const ROWS: &'static [ModelInfo] = &[ModelInfo {
        name: "subke-2006",
        recorded_as: "subke_2006",
        title: "heterotrophic respiration, Subke et al. 2006",
        coefficients: &[
            Coefficient::new("intercept", "1", 1.482, Constraint::BeFinite),
            Coefficient::new("slope", "1", 0.138, Constraint::BeSubtracted),
        ],
        source: "Subke, Inglima & Cotrufo (2006), Glob. Change Biol. 12, 921-943",
        provenance: Provenance::Verified,
        valid: &[],
        caution: None,
    }];

    fn of_row(
        row: &'static ModelInfo,
        _settings: &Settings,
        stated: &[(String, f64)],
    ) -> Result<Self, ParameterError> {
        let [intercept, slope] = row.values(stated)?;
        Ok(Self { intercept, slope })
    }
}

impl Subke2006 {
    /// Rh / Rs at Rs = 500 gC m-2 yr-1.
    fn at_500(&self) -> f64 {
        self.intercept - self.slope * 500.0_f64.ln()
    }
}

impl Twin for Subke2006 {
    const SPEC: KernelSpec = KernelSpec {
        name: "subke_2006",
        title: Self::ROWS[0].title,
        missing: "where Rs is missing",
        source: Self::ROWS[0].source,
        wgsl: include_str!("../../../shaders/kernels/heterotrophic/subke_2006.wgsl"),
        libs: &[],
        params: Subke2006Params::FIELDS,
        ports: fluxes::rh_port::NAMES,
        tolerance: "log to 5e-7 times 0.138, a share of at most 1, one product: 4e-7 of Rs, \
            doubled",
        canary: ("params.slope * log(", "params.slope * 1.0001 * log("),
    };

    fn inputs(&self) -> Vec<Port> {
        fluxes::rs_of_years()
    }

    fn outputs(&self) -> Vec<Port> {
        fluxes::rh(Tolerance::relative(8e-7))
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let [at_500, slope] = [self.at_500() as f32, self.slope as f32];
        bytemuck::bytes_of(&Subke2006Params {
            at_500,
            slope,
            _pad0: 0,
            _pad1: 0,
        })
        .to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let [at_500, slope] = [self.at_500(), self.slope].map(R::of);
        let [zero, one] = [0.0, 1.0].map(R::of);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            let is_positive = rs.value.gt(zero);
            let ratio = at_500 - slope * R::select(is_positive, rs.value / R::of(500.0), one).ln();
            pixel.put(
                RH,
                step,
                ratio.max(zero).min(one) * rs.value.max(zero),
                rs.valid,
            );
        }
    }

    /// The share is a small difference where Rs is large, so it is as good as a share of 1.
    fn error_scale(
        &self,
        pixel: &mut Pixel<'_, '_, f64>,
        _port: usize,
        step: usize,
        _reference: f64,
    ) -> f64 {
        pixel.sample(0, step).value.abs()
    }
}
