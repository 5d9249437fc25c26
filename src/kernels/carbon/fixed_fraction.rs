//! Heterotrophic respiration as a fixed fraction of soil respiration, `Rh = fraction · Rs`.
//!
//! Sites of the soil respiration database in subtropical China have a mean fraction of 0.63 and a
//! median of 0.67 (`docs/science/heterotrophic_respiration.md#fixed-fraction`).
//!
//! GPU twin: `shaders/kernels/carbon/fixed_fraction.wgsl`.

use crate::calendar::Steps;
use crate::gpu_params;
use crate::kernels::abi::{KernelSpec, Pixel, Port, Twin};
use crate::kernels::coefficients::{
    Coefficient, Constraint, ModelInfo, ParameterError, Provenance,
};
use crate::kernels::real::Real;
use crate::kernels::tolerance::Tolerance;

gpu_params! {
    /// Coefficients as the shader takes them.
    pub struct FixedFractionParams {
        /// Rh / Rs, 0 to 1.
        fraction: f32,
        _pad0: u32,
        _pad1: u32,
        _pad2: u32,
    }
}

/// The fraction.
#[derive(Clone, Debug)]
pub struct FixedFraction {
    /// Rh / Rs, 0 to 1.
    pub fraction: f64,
}

impl FixedFraction {
    /// What is known of it; a study that names it states the fraction.
    pub const MODEL: ModelInfo = ModelInfo {
        name: "fraction",
        coefficients: &[Coefficient::new(
            "fraction",
            "1",
            0.55,
            Constraint::BeAShare,
        )],
        source: FixedFraction::SPEC.source,
        trust: Provenance::Verified,
        valid: &[],
        caution: None,
    };

    /// The fraction of `overrides`.
    ///
    /// # Errors
    ///
    /// Another name, or a fraction outside 0..1.
    pub fn new(overrides: &[(String, f64)]) -> Result<Self, ParameterError> {
        let [fraction] = Self::MODEL.values(overrides)?;
        Ok(Self { fraction })
    }
}

impl Twin for FixedFraction {
    const SPEC: KernelSpec = KernelSpec {
        name: "fixed_fraction",
        title: "heterotrophic respiration, fixed fraction",
        missing: "where Rs is missing",
        source: "definition",
        wgsl: include_str!("../../../shaders/kernels/carbon/fixed_fraction.wgsl"),
        libs: &[],
        params: FixedFractionParams::FIELDS,
        ports: &["rh"],
        tolerance: "one product and the rounding of the fraction",
        canary: ("params.fraction * max", "params.fraction * 1.00001 * max"),
    };

    fn inputs(&self) -> Vec<Port> {
        vec![Port::input("rs", Steps::Annual)]
    }

    fn outputs(&self) -> Vec<Port> {
        vec![Port::output("rh", Steps::Annual, Tolerance::relative(3e-7))]
    }

    #[expect(clippy::cast_possible_truncation, reason = "shaders take f32")]
    fn params(&self) -> Vec<u8> {
        let fraction = self.fraction as f32;
        bytemuck::bytes_of(&FixedFractionParams {
            fraction,
            _pad0: 0,
            _pad1: 0,
            _pad2: 0,
        })
        .to_vec()
    }

    #[inline(always)]
    fn run_pixel<R: Real>(&self, pixel: &mut Pixel<'_, '_, R>) {
        let fraction = R::of(self.fraction);
        for step in 0..pixel.n_steps(0) {
            let rs = pixel.sample(0, step);
            pixel.put(0, step, fraction * rs.value.max(R::of(0.0)), rs.valid);
        }
    }
}
